import { CacheError } from '@greenroom/cache-core';
import type { Credentials } from '../options/parseAddress';
import { isAlive, toProbeCommand } from '../protocol/livenessProbe';
import type { LivenessProbe } from '../protocol/livenessProbe';
import { isUnauthenticated, wordOf } from '../protocol/replyOutcome';

/**
 * Probes the server, since an open socket does not prove that it answers, and logs in if the server asks for it. It does not log in
 * unasked: a server without logins would store the password as an entry. Returns the probe to use from then on.
 *
 * @param server - Name of the server in messages.
 * @param ask - Sends a command and returns the line of the reply.
 */
export async function performHandshake(
  server: string,
  ask: (command: string) => Promise<string>,
  credentials: Credentials | undefined,
  probe: LivenessProbe,
): Promise<LivenessProbe> {
  const line = await ask(toProbeCommand(probe));
  if (isAlive(probe, line)) return probe;
  // A proxy may not know `version`, or may have sent it to a server that is down while others are up.
  if (/^(?:ERROR$|SERVER_ERROR)/.test(line) && probe === 'version')
    return performHandshake(server, ask, credentials, 'get');
  if (!isUnauthenticated(line)) throw toRefusal(server, line);
  if (!credentials) throw new CacheError('CACHE_AUTH', `${server} wants a user name and a password`);
  const login = `${credentials.username} ${credentials.password}`;
  // The key does not matter. https://docs.memcached.org/protocols/basic/#authentication
  const stored = await ask(`set login 0 0 ${Buffer.byteLength(login)}\r\n${login}`);
  if (stored !== 'STORED') throw new CacheError('CACHE_AUTH', `${server} has refused the user name or the password`);
  return probe;
}

function toRefusal(server: string, line: string): CacheError {
  const message = /too many open connections/i.test(line)
    ? `${server} has reached its connection limit (memcached -c)`
    : `${server} refuses the connection (${wordOf(line)})`;
  return new CacheError('CACHE_UNAVAILABLE', message);
}

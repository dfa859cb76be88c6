import { CacheError } from '@greenroom/cache-core';
import type { Credentials } from './parseAddress';
import { isProof, toProofCommand } from './livenessProbe';
import type { ProofOfLife } from './livenessProbe';
import { isUnauthenticated, wordOf } from './replyOutcome';

/**
 * Asks for a proof that the server is alive and not only its socket open, and logs in where the server wants it. Never before,
 * because to a server without logins it would be an entry, which holds the password. Gives what to ask from then on.
 *
 * @param server - What it is called in messages.
 * @param ask - Sends a command and gives the line of the reply.
 */
export async function shakeHands(
  server: string,
  ask: (command: string) => Promise<string>,
  credentials: Credentials | undefined,
  proof: ProofOfLife,
): Promise<ProofOfLife> {
  const line = await ask(toProofCommand(proof));
  if (isProof(proof, line)) return proof;
  // A proxy that does not know the command, or asks a server that is away: other keys may be on others.
  if (/^(?:ERROR$|SERVER_ERROR)/.test(line) && proof === 'version') return shakeHands(server, ask, credentials, 'get');
  if (!isUnauthenticated(line)) throw toRefusal(server, line);
  if (!credentials) throw new CacheError('CACHE_AUTH', `${server} wants a user name and a password`);
  const login = `${credentials.username} ${credentials.password}`;
  // The key does not matter. https://docs.memcached.org/protocols/basic/#authentication
  const stored = await ask(`set login 0 0 ${Buffer.byteLength(login)}\r\n${login}`);
  if (stored !== 'STORED') throw new CacheError('CACHE_AUTH', `${server} has refused the user name or the password`);
  return proof;
}

function toRefusal(server: string, line: string): CacheError {
  const message = /too many open connections/i.test(line)
    ? `${server} has as many connections as it may have (memcached -c)`
    : `${server} does not take the connection (${wordOf(line)})`;
  return new CacheError('CACHE_UNAVAILABLE', message);
}

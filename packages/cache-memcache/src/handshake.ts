import { CacheError } from '@greenroom/cache-core';
import type { Credentials } from './parseAddress';

/**
 * Asks a new connection for the version, which proves that the server is alive and not only its socket open, and logs in
 * where the server wants it. Never before, because to a server without logins it would be an entry, which holds the password.
 *
 * @param ask - Sends a command and gives the line of the reply.
 */
export async function shakeHands(
  ask: (command: string) => Promise<string>,
  credentials: Credentials | undefined,
): Promise<void> {
  const version = await ask('version');
  if (version.startsWith('VERSION ')) return;
  if (!version.startsWith('CLIENT_ERROR unauth')) {
    const word = /^[A-Z_]+/.exec(version)?.[0] ?? 'no word of the protocol';
    throw new CacheError('CACHE_UNAVAILABLE', `Memcached does not take the connection (${word})`);
  }
  if (!credentials) throw new CacheError('CACHE_AUTH', 'Memcached wants a user name and a password');
  const login = `${credentials.username} ${credentials.password}`;
  // The key does not matter. https://docs.memcached.org/protocols/basic/#authentication
  const stored = await ask(`set login 0 0 ${Buffer.byteLength(login)}\r\n${login}`);
  if (stored !== 'STORED') throw new CacheError('CACHE_AUTH', 'Memcached has refused the user name or the password');
}

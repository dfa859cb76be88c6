import { readMemcachedProcessId } from '../protocol/readMemcachedProcessId';
import type { Credentials, ServerAddress } from '../protocol/serverAddress';
import { startGroup } from './startGroup';
import { createTestServer, type TestServer } from './testServer';

/** How to run a memcached server. */
export interface MemcachedServerOptions {
  /** More arguments of the server program, for example `['-I', '2m']`. */
  readonly args?: readonly string[];
  /** Clients must log in with the text protocol (`-Y`). */
  readonly credentials?: Required<Credentials>;
}

const loginFile = 'login';

/** Starts one real memcached server on a free port, empty, and resolves once it answers. */
export function startMemcached({ args = [], credentials }: MemcachedServerOptions = {}): Promise<TestServer> {
  return startGroup('memcached', 1, async (group, [port = 0]) => {
    const address: ServerAddress = { host: group.host, port, ...(credentials && { credentials }) };
    const login = credentials && `${credentials.username}:${credentials.password}`;
    const server = createTestServer({
      name: 'memcached',
      process: await group.add({
        args: [
          ...['-l', group.bindAddress, '-p', String(port), '-U', '0'],
          ...(group.runsAsRoot ? ['-u', 'root'] : []),
          ...(login === undefined ? [] : ['-Y', loginFile]),
          ...args,
        ],
        files: login === undefined ? {} : { [loginFile]: `${login}\n` },
      }),
      address,
      url: `${login === undefined ? '' : `${login}@`}${group.host}:${port}`,
      readProcessId: readMemcachedProcessId,
      end: () => group.close(),
    });
    await server.start();
    return server;
  });
}

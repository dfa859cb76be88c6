import { addRespServer } from './addRespServer';
import { createRespSecurity, type RespSecurityOptions } from './createRespSecurity';
import { startGroup } from './startGroup';
import type { TestServer } from './testServer';

/** How to run a redis or valkey server. */
export interface RespServerOptions extends RespSecurityOptions {
  /** More arguments of the server program, for example `['--maxmemory', '4mb']`. */
  readonly args?: readonly string[];
}

/** Starts one redis or valkey server. */
export async function startRespServer(
  kind: 'redis' | 'valkey',
  { args = [], ...options }: RespServerOptions,
): Promise<TestServer> {
  const security = await createRespSecurity(options);
  return startGroup(kind, 1, async (group, [port = 0]) => {
    const server = await addRespServer(group, { kind, port, security, args, end: () => group.close() });
    await server.start();
    return server;
  });
}

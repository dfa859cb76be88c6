import { startRespServer, type RespServerOptions } from './startRespServer';
import type { TestServer } from './testServer';

/** Starts one real redis server on a free port, empty, and resolves once it answers. */
export function startRedis(options: RespServerOptions = {}): Promise<TestServer> {
  return startRespServer('redis', options);
}

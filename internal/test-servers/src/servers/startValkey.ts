import { startRespServer, type RespServerOptions } from './startRespServer';
import type { TestServer } from './testServer';

/** Starts one real valkey server on a free port, empty, and resolves once it answers. */
export function startValkey(options: RespServerOptions = {}): Promise<TestServer> {
  return startRespServer('valkey', options);
}

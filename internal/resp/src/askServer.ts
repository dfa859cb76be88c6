import { CacheError } from '@greenroom/cache-core';
import type { ClientLibrary, RespReply } from './respClient';
import type { ServerNode } from './serverNode';
import { toServerName } from './serverPlace';
import { withDeadline } from './withDeadline';

/** Sends one command over a connection of its own. Settles within `timeoutMs`, and at once when the signal says so. */
export async function askServer(
  library: ClientLibrary,
  server: ServerNode,
  words: readonly string[],
  limits: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<RespReply> {
  // Each failure is also the rejection of a call below.
  const client = library.createClient(server, limits.timeoutMs, () => {});
  const error = new CacheError('CACHE_TIMEOUT', `${toServerName(library.serverName, server)} did not answer`);
  try {
    return await withDeadline(
      client.connect().then(() => client.send(words)),
      { ...limits, error },
    );
  } finally {
    client.destroy();
  }
}

import { CacheError } from '@greenroom/cache-core';
import type { ClientFactory, RespReply } from './clientAdapter';
import type { ServerNode } from '../config/serverNode';
import { toServerName } from '../errors/serverPlace';
import { withDeadline } from './withDeadline';

/** Sends one command over its own connection. Settles within `timeoutMs`, or at once when the signal aborts. */
export async function askServer(
  clients: ClientFactory,
  server: ServerNode,
  args: readonly string[],
  limits: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<RespReply> {
  // No onLost: every failure also rejects a call below.
  const client = clients.createClient(server, () => {});
  const error = new CacheError('CACHE_TIMEOUT', `${toServerName(clients.serverName, server)} did not answer`);
  try {
    return await withDeadline(
      client.connect().then(() => client.send(args)),
      { ...limits, error },
    );
  } finally {
    client.destroy();
  }
}

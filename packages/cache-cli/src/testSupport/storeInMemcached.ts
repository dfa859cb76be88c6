import { once } from 'node:events';
import { connect } from 'node:net';
import type { ServerAddress } from '@greenroom/test-servers';

/** Sets texts without an expiry. */
export async function storeInMemcached(
  { host, port }: ServerAddress,
  texts: Readonly<Record<string, string>>,
): Promise<void> {
  const socket = connect(port, host);
  for (const [key, text] of Object.entries(texts)) {
    socket.write(`set ${key} 0 0 ${Buffer.byteLength(text)}\r\n${text}\r\n`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    if (String(answer) !== 'STORED\r\n') throw new Error(`memcached says ${String(answer)}`);
  }
  socket.destroy();
}

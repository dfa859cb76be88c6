import { connect } from 'node:net';
import type { ServerAddress } from './serverAddress';

const defaultTimeoutMs = 2_000;

/** Asks a memcached server for its process id. Logs in if the address has credentials. */
export function readMemcachedProcessId(
  { host, port, credentials }: ServerAddress,
  timeoutMs = defaultTimeoutMs,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host);
    let received = '';
    const settle = (finish: () => void) => {
      clearTimeout(timer);
      socket.destroy();
      finish();
    };
    const fail = (error: Error) => settle(() => reject(error));
    const timer = setTimeout(() => fail(new Error(`No reply within ${timeoutMs} ms`)), timeoutMs);
    socket.once('error', fail);
    socket.once('close', () => fail(new Error('The connection was closed')));
    socket.on('data', data => {
      received += String(data);
      const processId = /^STAT pid (\d+)\r\n/m.exec(received)?.[1];
      if (processId !== undefined) settle(() => resolve(Number(processId)));
      else if (/^(CLIENT_|SERVER_)?ERROR.*\r\n/m.test(received)) fail(new Error(received.trim()));
    });
    const login = `${credentials?.username} ${credentials?.password}`;
    // https://github.com/memcached/memcached/blob/master/doc/protocol.txt, "Authentication"
    if (credentials) socket.write(`set auth 0 0 ${Buffer.byteLength(login)}\r\n${login}\r\n`);
    socket.write('stats\r\n');
  });
}

import { once } from 'node:events';
import { connect } from 'node:net';

/** Sends text to a server, as any client can, and returns the answer up to `end`. */
export async function talkTo(
  { host, port }: { readonly host: string; readonly port: number },
  text: string,
  end = /(?:END|STORED|VERSION .*)\r\n$/,
): Promise<string> {
  const socket = connect(port, host);
  try {
    socket.write(text);
    let answer = '';
    const timeout = AbortSignal.timeout(10_000);
    while (!end.test(answer)) {
      const [chunk] = (await once(socket, 'data', { signal: timeout })) as [Buffer];
      answer += chunk.toString();
    }
    return answer;
  } finally {
    socket.destroy();
  }
}

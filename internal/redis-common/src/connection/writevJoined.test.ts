import { once } from 'node:events';
import { connect, createServer, Socket } from 'node:net';
import type { AddressInfo, TcpNetConnectOpts } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { writevJoined } from './writevJoined';

/** Writes everything in one turn, and returns what the server receives. */
async function receive(written: readonly (string | Buffer)[]): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const options: TcpNetConnectOpts & { writev: typeof writevJoined } = {
    port,
    host: '127.0.0.1',
    writev: writevJoined,
  };
  const socket = connect(options);
  const [[peer]] = (await Promise.all([once(server, 'connection'), once(socket, 'connect')])) as [[Socket], unknown];
  const received = buffer(peer);
  socket.cork();
  for (const chunk of written) socket.write(chunk);
  socket.uncork();
  socket.end();
  const got = await received;
  server.close();
  return got;
}

/** Counts what Node is given from now on: single texts, and parts of lists. */
function watchSockets() {
  const single = jest.spyOn(Socket.prototype, '_write');
  const list = jest.spyOn(Socket.prototype as Required<Socket>, '_writev');
  return () => ({
    single: single.mock.calls.length,
    inLists: list.mock.calls.reduce((count, [chunks]) => count + chunks.length, 0),
  });
}

afterEach(() => jest.restoreAllMocks());

describe('text written in one turn of the event loop', () => {
  const short = Array.from({ length: 64 }, (_, index) => `SET key-${index} é–🎈\r\n`);
  const long = 'y'.repeat(20_000);

  it.each<[string, (string | Buffer)[]]>([
    ['short texts', short],
    ['more short texts than one write can join', Array.from({ length: 40 }, () => short).flat()],
    ['long texts between short ones', [...short, long, ...short, long, long, 'x']],
    ['buffers between texts', [...short, Buffer.from('–\r\n'), 'x', Buffer.from([0, 255]), Buffer.alloc(0), ...short]],
    ['only buffers', [Buffer.from('one'), Buffer.from('two')]],
    ['a surrogate pair split between two commands', ['\ud83c\r\n', '\udf88\r\n']],
  ])('arrives unchanged: %s', async (_case, written) => {
    const expected = Buffer.concat(written.map(chunk => Buffer.from(chunk as string)));
    expect((await receive(written)).equals(expected)).toBe(true);
  });

  it('is written in one piece when it is short', async () => {
    const countHanded = watchSockets();
    await receive(short);
    expect(countHanded()).toEqual({ single: 1, inLists: 0 });
  });

  it('is written in pieces of 16 KiB when it is long', async () => {
    const written = Array.from({ length: 40 }, () => short).flat();
    const countHanded = watchSockets();
    await receive(written);
    expect(countHanded()).toEqual({ single: 0, inLists: Math.ceil(written.join('').length / (16 * 1024)) });
  });
});

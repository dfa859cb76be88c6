import { createCacheManager } from '@greenroom/cache-core';
import {
  checkDistortedReplies,
  hostileCommandTimeoutMs as commandTimeout,
  openHostileCache,
} from '@greenroom/test-servers';
import { cleanUp } from '@greenroom/test-servers/cleanUp';
import fc from 'fast-check';
import { memcacheDriver } from './memcacheDriver';
import { toOptions } from './testSupport/openDriver';
import { startTcpServer } from './testSupport/tcpServer';

/** How a reply is changed. `bytes` holds a byte per character (Latin-1). */
type Distortion =
  | { readonly kind: 'right' | 'none' | 'twice' }
  | { readonly kind: 'other' | 'before'; readonly bytes: string }
  | { readonly kind: 'cut'; readonly at: number }
  | { readonly kind: 'flip'; readonly at: number; readonly bit: number };

const wrongReplies = [
  ...[
    'STORED\r\n',
    'END\r\n',
    'DELETED\r\n',
    'NOT_FOUND\r\n',
    'VERSION 1\r\n',
    'ERROR\r\n',
    'CLIENT_ERROR x\r\n',
    '\r\n',
    '\n',
  ],
  ...[
    'SERVER_ERROR out of memory\r\n',
    'SERVER_ERROR object too large for cache\r\n',
    'VALUE\r\n',
    'VALUE catalog:alpha\r\n',
  ],
  ...[
    'VALUE catalog:alpha 0 99999999999\r\n',
    'VALUE catalog:alpha 0 -1\r\n',
    'VALUE catalog:alpha 0 5\r\nab\r\nEND\r\n',
  ],
  ...[
    'VALUE catalog:alpha 0 0\r\n\r\nEND\r\n',
    'VALUE catalog:bravo 7 2\r\n{}\r\nEND\r\n',
    'VALUE __proto__ 0 2\r\n{}\r\nEND\r\n',
  ],
  ...[
    'VALUE catalog:alpha 0 2\r\n{}\r\nVALUE catalog:bravo 0 2\r\n{}\r\nEND\r\n',
    'x'.repeat(70_000),
    'HTTP/1.1 400 Bad\r\n\r\n',
  ],
];
const noise = fc.uint8Array({ minLength: 1, maxLength: 300 }).map(bytes => Buffer.from(bytes).toString('latin1'));
const distortion: fc.Arbitrary<Distortion> = fc.oneof(
  fc.record({ kind: fc.constantFrom('right' as const, 'none' as const, 'twice' as const) }),
  fc.record({
    kind: fc.constantFrom('other' as const, 'before' as const),
    bytes: fc.oneof(noise, fc.constantFrom(...wrongReplies)),
  }),
  fc.record({ kind: fc.constant('cut' as const), at: fc.nat(100) }),
  fc.record({ kind: fc.constant('flip' as const), at: fc.nat(100), bit: fc.nat(7) }),
);

function distort(reply: Buffer, how: Distortion): Buffer {
  switch (how.kind) {
    case 'right':
      return reply;
    case 'none':
      return Buffer.alloc(0);
    case 'twice':
      return Buffer.concat([reply, reply]);
    case 'other':
      return Buffer.from(how.bytes, 'latin1');
    case 'before':
      return Buffer.concat([Buffer.from(how.bytes, 'latin1'), reply]);
    case 'cut':
      return reply.subarray(0, how.at % reply.length);
    case 'flip': {
      const flipped = Buffer.from(reply);
      // Flips bits only in the first line: a changed value cannot be told from one that was stored.
      const index = how.at % (flipped.indexOf('\r\n') + 2);
      flipped[index] = (flipped[index] ?? 0) ^ (1 << how.bit);
      return flipped;
    }
  }
}

/** A server whose replies the test changes. It knows the commands that the store sends. */
async function startHostileServer() {
  const entries = new Map<string, string>();
  const hostile = { port: 0, distort: undefined as ((reply: Buffer) => Buffer) | undefined };
  const { port, close } = await startTcpServer(socket => {
    let received = '';
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      for (;;) {
        const [whole, name, key = '', bytes] = /^(\w+)(?: (\S+))?(?: \d+ \d+ (\d+))?[^\n]*\n/.exec(received) ?? [];
        const textBytes = bytes === undefined ? 0 : Number(bytes) + 2;
        if (whole === undefined || received.length < whole.length + textBytes) return;
        const text = received.slice(whole.length, whole.length + textBytes - 2);
        received = received.slice(whole.length + textBytes);
        const reply = Buffer.from(answer(entries, name, key, text), 'latin1');
        socket.write(hostile.distort?.(reply) ?? reply);
      }
    });
  });
  cleanUp(close);
  hostile.port = port;
  return hostile;
}

function answer(entries: Map<string, string>, name = '', key: string, text: string): string {
  const found = entries.get(key);
  switch (name) {
    case 'get':
      return found === undefined ? 'END\r\n' : `VALUE ${key} 0 ${found.length}\r\n${found}\r\nEND\r\n`;
    case 'set':
      entries.set(key, text);
      return 'STORED\r\n';
    case 'delete':
      return entries.delete(key) ? 'DELETED\r\n' : 'NOT_FOUND\r\n';
    default:
      return 'VERSION 1\r\n';
  }
}

async function open() {
  const server = await startHostileServer();
  const manager = createCacheManager({
    driver: memcacheDriver,
    driverOptions: toOptions(`127.0.0.1:${server.port}`, { commandTimeout }),
  });
  cleanUp(() => manager.close());
  return openHostileCache(server, manager.forPlugin('catalog'));
}

describe('a server that breaks the protocol', () => {
  const strays: unknown[] = [];
  const onStray = (error: unknown) => void strays.push(error);
  beforeAll(() => void process.on('uncaughtException', onStray).on('unhandledRejection', onStray));
  afterAll(() => void process.off('uncaughtException', onStray).off('unhandledRejection', onStray));

  it('delays no operation, returns no value of another key, and is used again when it recovers', async () => {
    await checkDistortedReplies({ open, distortion, distort });
    expect(strays).toEqual([]);
  });
});

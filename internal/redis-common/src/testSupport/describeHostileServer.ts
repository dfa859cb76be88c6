import {
  checkDistortedReplies,
  hostileCommandTimeoutMs as commandTimeout,
  hostileKeys as keys,
  openHostileCache,
  until,
} from '@greenroom/test-servers';
import fc from 'fast-check';
import { startFakeServer } from './startFakeServer';
import type { Distorted } from './startFakeServer';
import type { StoreUnderTest } from './storeUnderTest';

const RECOVERY_MS = 5000;

/** How a reply is changed. `bytes` holds a byte per character (Latin-1). */
type Distortion =
  | { readonly kind: 'right' }
  | { readonly kind: 'other'; readonly bytes: string }
  | { readonly kind: 'cut'; readonly at: number; readonly then: 'end' | 'silence' }
  | { readonly kind: 'flip'; readonly at: number; readonly bit: number };

const wrongReplies = [
  ...[
    '+OK\r\n',
    ':5\r\n',
    '$-1\r\n',
    '$3\r\nabc\r\n',
    '*0\r\n',
    '*-1\r\n',
    '-ERR\r\n',
    '-\r\n',
    '-MOVED 1 :1\r\n',
    '\r\n',
  ],
  ...[
    '$999999999999\r\n',
    '$-5\r\n',
    '$x\r\n',
    '*999999999\r\n',
    ':x\r\n',
    '$2\r\nabcdef\r\n',
    '_\r\n',
    '#t\r\n',
    '%1\r\n',
  ],
  ...['-LOADING\r\n', '-NOAUTH hunter2\r\n', '-READONLY\r\n', '-OOM\r\n', '-CLUSTERDOWN\r\n', '(9\r\n'],
  ...[
    '*1\r\n'.repeat(2000),
    `$${'9'.repeat(400)}`,
    'HTTP/1.1 400 Bad Request\r\n\r\n',
    `+${'+'.repeat(70_000)}\r\n`,
    '+__proto__\r\n',
  ],
];
const noise = fc
  .uint8Array({ minLength: 1, maxLength: 300 })
  .map(bytes => Buffer.from(bytes).toString('latin1'))
  // Without a line end, the noise and the next line could make one valid reply.
  .map(text => `${text}\r\n`);
const distortion: fc.Arbitrary<Distortion> = fc.oneof(
  fc.record({ kind: fc.constant('other' as const), bytes: fc.oneof(noise, fc.constantFrom(...wrongReplies)) }),
  fc.record({
    kind: fc.constant('cut' as const),
    at: fc.nat(30),
    then: fc.constantFrom('end' as const, 'silence' as const),
  }),
  fc.record({ kind: fc.constant('flip' as const), at: fc.nat(30), bit: fc.nat(7) }),
  fc.constant({ kind: 'right' as const }),
);

function distort(reply: Buffer, how: Distortion): Distorted {
  switch (how.kind) {
    case 'right':
      return { bytes: reply };
    case 'other':
      return { bytes: Buffer.from(how.bytes, 'latin1') };
    case 'cut':
      return { bytes: reply.subarray(0, Math.min(how.at, reply.length - 1)), then: how.then };
    case 'flip': {
      const flipped = Buffer.from(reply);
      // Flips bits only in the frame: a changed value cannot be told from one that was stored.
      const index = how.at % (flipped.indexOf('\r\n') + 2);
      flipped[index] = (flipped[index] ?? 0) ^ (1 << how.bit);
      return { bytes: flipped };
    }
  }
}

const shifts = fc.constantFrom(
  (reply: Buffer) => Buffer.concat([reply, reply]),
  () => Buffer.alloc(0),
  () => Buffer.from('>2\r\n+a\r\n+b\r\n'),
  (reply: Buffer) => Buffer.concat([Buffer.from('$2\r\n{}\r\n'), reply]),
);

/** A cache and its server, whose replies the test changes. */
async function open(store: StoreUnderTest) {
  const server = await startFakeServer();
  const { cache } = store.openCache({ connection: server.url, [store.store]: { client: { commandTimeout } } });
  return openHostileCache(server, cache);
}

/** Replies that break the protocol. */
export function describeHostileServer(store: StoreUnderTest): void {
  describe(`a ${store.serverName} server that breaks the protocol`, () => {
    const strays: unknown[] = [];
    const onStray = (error: unknown) => void strays.push(error);
    beforeAll(() => void process.on('uncaughtException', onStray).on('unhandledRejection', onStray));
    afterAll(() => void process.off('uncaughtException', onStray).off('unhandledRejection', onStray));

    it('delays no operation, causes no wrong value, and is used again when it recovers', async () => {
      await checkDistortedReplies({ open: () => open(store), distortion, distort });
      expect(strays).toEqual([]);
    });

    it('causes only a miss when a reply is nested 100,000 levels deep, and is used again', async () => {
      const { server, cache, untilUsed } = await open(store);
      server.distort = () => ({ bytes: Buffer.from('*1\r\n'.repeat(100_000)) });
      expect(await cache.get('alpha')).toBeUndefined();
      server.distort = undefined;
      await untilUsed('the server is used again');
      expect(strays).toEqual([]);
    });

    it('sends one reply too many or too few, and each key has its own value again within 5 s', async () => {
      const cases = fc.array(fc.tuple(shifts, fc.nat(20)), { minLength: 12, maxLength: 12 });
      const check = async ([shift, at]: readonly [(reply: Buffer) => Buffer, number]) => {
        const { server, isRight } = await open(store);
        let replies = 0;
        server.distort = reply => ({ bytes: replies++ === at ? shift(reply) : reply });
        const startedAtMs = performance.now();
        const isInStep = async () => {
          const found = await Promise.all([...keys, ...keys].map(isRight));
          return performance.now() - startedAtMs > 2500 && found.every(Boolean);
        };
        await until('each key has its value', isInStep, RECOVERY_MS);
        for (let round = 0; round < 20; round++) expect(await Promise.all(keys.map(isRight))).not.toContain(false);
      };
      await fc.assert(
        fc.asyncProperty(cases, async list => void (await Promise.all(list.map(check)))),
        { numRuns: 1, endOnFailure: true },
      );
      expect(strays).toEqual([]);
    });
  });
}

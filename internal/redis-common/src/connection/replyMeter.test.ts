import fc from 'fast-check';
import { createReplyMeter } from './replyMeter';

const LIMIT = { bytes: 1000, elements: 100 };
const createMeter = () => createReplyMeter(() => LIMIT);

type Reply = string | number | null | { readonly line: string } | { readonly error: string } | readonly Reply[];

function encode(reply: Reply): string {
  if (reply === null) return '$-1\r\n';
  if (typeof reply === 'number') return `:${reply}\r\n`;
  if (typeof reply === 'string') return `$${Buffer.byteLength(reply)}\r\n${reply}\r\n`;
  if ('line' in reply) return `+${reply.line}\r\n`;
  if ('error' in reply) return `-${reply.error}\r\n`;
  return `*${reply.length}\r\n${reply.map(encode).join('')}`;
}

const line = fc.string({ maxLength: 20 }).map(text => text.replace(/[\r\n]/g, ''));
const { reply } = fc.letrec<{ reply: Reply }>(tie => ({
  reply: fc.oneof(
    { depthSize: 'small' },
    fc.string({ maxLength: 20 }).map(text => `${text}\r\n*5\r\n`),
    fc.integer(),
    fc.constant(null),
    line.map(text => ({ line: text })),
    line.map(text => ({ error: text })),
    fc.array(tie('reply'), { maxLength: 3 }),
  ),
}));

/** Cuts the bytes into chunks of these sizes. */
function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0, index = 0; at < bytes.length; index++) {
    const size = sizes[index % sizes.length] ?? 1;
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 10 });

describe('the reply meter', () => {
  it('accepts valid replies and finds their ends, whatever the chunk sizes', () => {
    fc.assert(
      fc.property(fc.array(reply, { minLength: 1, maxLength: 10 }), sizes, (replies, cuts) => {
        const meter = createMeter();
        const encoded = replies.map(encode).map(text => Buffer.from(text));
        fc.pre(encoded.every(bytes => bytes.length < LIMIT.bytes));
        const ends = encoded.reduce<number[]>((list, { length }) => [...list, (list.at(-1) ?? 0) + length], []);
        let at = 0;
        for (const chunk of cut(Buffer.concat(encoded), cuts)) {
          expect(meter.accept(chunk)).toBeUndefined();
          const end = ends.findLast(candidate => candidate > at && candidate <= at + chunk.length) ?? at;
          expect(meter.complete).toBe(end - at);
          at += chunk.length;
        }
      }),
    );
  });

  it.each([
    ['a text that is too long', '$1001\r\n', 'x'.repeat(1001), 'too-large'],
    ['a list of too many elements', '*101\r\n', '', 'too-large'],
    ['lists of too many elements in total', '*50\r\n*51\r\n', '', 'too-large'],
    ['a list of texts that are too long in total', '*2\r\n', `$600\r\n${'x'.repeat(600)}\r\n`.repeat(2), 'too-large'],
    ['lists that are nested too deeply', '*1\r\n'.repeat(9), '', 'too-large'],
    ['a line that is too long', '+', 'x'.repeat(70_000), 'too-large'],
    ['an error that is too long', '-', 'x'.repeat(70_000), 'too-large'],
    ['a number of too many digits', ':', '1'.repeat(30), 'no-reply'],
    ['a length of too many digits', '$', '1'.repeat(30), 'no-reply'],
    ['a length that is not a number', '$abc\r\n', '', 'no-reply'],
    ['a negative length', '$-2\r\n', '', 'no-reply'],
    ['an HTTP response', 'HTTP/1.1 400 Bad Request\r\n', '', 'no-reply'],
    ['a map of RESP 3', '%1\r\n', '', 'no-reply'],
    ['a TLS alert', '\u0015\u0003', '', 'tls'],
  ])('detects an invalid or too large reply, whatever the chunk sizes: %s', (_what, begin, more, fault) => {
    fc.assert(
      fc.property(sizes, cuts => {
        const meter = createMeter();
        // A valid reply before it makes no difference.
        const bytes = Buffer.from(`$3\r\nabc\r\n${begin}${more}`, 'latin1');
        const found = cut(bytes, cuts)
          .map(chunk => meter.accept(chunk))
          .find(Boolean);
        expect(found).toBe(fault);
      }),
      { numRuns: 20 },
    );
  });

  it('keeps the first error reply until a reply other than an error arrives', () => {
    const meter = createMeter();
    meter.accept(Buffer.from('-DENIED Redis is'));
    meter.accept(Buffer.from(' running\r\n-ERR other\r\n'));
    expect(meter).toMatchObject({ refusal: 'DENIED Redis is running', hasAnswered: false });
    meter.accept(Buffer.from('+OK\r\n-ERR later\r\n'));
    expect(meter).toMatchObject({ refusal: undefined, hasAnswered: true });
  });
});

import { anyCharacter } from '@greenroom/test-servers/anyCharacter';
import fc from 'fast-check';
import { createReplyReader } from './replyReader';
import type { Reply } from './replyReader';

const MAX_VALUE_BYTES = 2 * 1024 * 1024;

function readAll(chunks: readonly Buffer[], maxValueBytes = MAX_VALUE_BYTES): Reply[] {
  const reader = createReplyReader(maxValueBytes);
  return chunks.flatMap(chunk => [...reader.read(chunk)]);
}

function toWire(replies: readonly Reply[]): Buffer {
  return Buffer.from(
    replies.map(({ line, value }) => (value ? `${line}\r\n${value.text}\r\nEND\r\n` : `${line}\r\n`)).join(''),
  );
}

/** Cuts into chunks of at most `bytes` bytes. */
function cut(wire: Buffer, bytes: number): Buffer[] {
  return Array.from({ length: Math.ceil(wire.length / bytes) }, (_, index) =>
    wire.subarray(index * bytes, (index + 1) * bytes),
  );
}

const texts = fc.oneof(
  fc.string({ unit: anyCharacter }),
  fc.constantFrom('', '\r\n', 'END\r\n', '\r\nEND\r\n', 'VALUE k 0 1\r\nx\r\nEND\r\n', '日本語 👩‍🚀'),
);
const values = fc.tuple(fc.constantFrom('k', 'catalog:key'), fc.nat(), texts).map(([key, flags, text]) => ({
  line: `VALUE ${key} ${flags} ${Buffer.byteLength(text)}`,
  value: { key, flags: String(flags), text },
}));
const lines = fc.constantFrom('END', 'STORED', 'DELETED', 'NOT_FOUND', 'ERROR', '', 'SERVER_ERROR out of memory');
const replies = fc.array(
  fc.oneof(
    values,
    lines.map((line): Reply => ({ line })),
  ),
);

describe('the reply reader', () => {
  it('gives the same replies for any chunk size and any text', () => {
    fc.assert(
      fc.property(replies, fc.integer({ min: 1, max: 40 }), (expected, bytes) => {
        const wire = toWire(expected);
        expect(readAll(cut(wire, bytes))).toEqual(expected);
        expect(readAll([wire])).toEqual(expected);
      }),
    );
  });

  it('gives a reply as soon as it is complete', () => {
    const reader = createReplyReader(MAX_VALUE_BYTES);
    expect([...reader.read(Buffer.from('VALUE k 0 3\r\nabc\r\nEND\r'))]).toEqual([]);
    expect([...reader.read(Buffer.from('\nSTORED\r\nEN'))]).toHaveLength(2);
    expect([...reader.read(Buffer.from('D\r\n'))]).toEqual([{ line: 'END' }]);
  });

  it('gives the replies without the text of values above maxValueBytes', () => {
    const maxValueBytes = 20;
    const toExpected = ({ line, value }: Reply): Reply => {
      const bytes = value ? Buffer.byteLength(value.text) : 0;
      if (!value || bytes <= maxValueBytes) return value ? { line, value } : { line };
      return { line, oversized: { key: value.key, bytes, isSkipped: true } };
    };
    fc.assert(
      fc.property(replies, fc.integer({ min: 1, max: 40 }), (expected, bytes) => {
        const wire = toWire(expected);
        expect(readAll(cut(wire, bytes), maxValueBytes)).toEqual(expected.map(toExpected));
        expect(readAll([wire], maxValueBytes)).toEqual(expected.map(toExpected));
      }),
    );
  });

  it('throws instead of giving more replies after a value that is too long to skip', () => {
    const reader = createReplyReader(MAX_VALUE_BYTES);
    const replies = reader.read(Buffer.from(`VALUE k 0 ${1024 ** 3}\r\nEND\r\n`))[Symbol.iterator]();
    expect(replies.next().value).toMatchObject({ oversized: { key: 'k', bytes: 1024 ** 3, isSkipped: false } });
    expect(() => replies.next()).toThrow('A value that is too long');
  });

  it.each([
    ['a value whose length is too small', 'VALUE k 0 1\r\nabc\r\nEND\r\n'],
    ['a value without END', 'VALUE k 0 1\r\na\r\nSTORED\r\n'],
    ['a skipped value whose length is too small', `VALUE k 0 3000000\r\n${'a'.repeat(3000001)}\r\nEND\r\n`],
    ['a skipped value without END', `VALUE k 0 3000000\r\n${'a'.repeat(3000000)}\r\nSTORED\r\n`],
    ['a value without a length', 'VALUE k 0\r\n'],
    ['a negative length', 'VALUE k 0 -1\r\n'],
    ['a length above what any server can hold', 'VALUE k 0 1073741825\r\n'],
    ['a line that ends without CR', 'END\n'],
    ['a line feed alone', '\n'],
    ['a line that does not end', 'x'.repeat(2049)],
  ])('refuses %s', (_what, wire) => {
    expect(() => readAll([Buffer.from(wire)])).toThrow();
  });

  it('reads random bytes to the end or throws its own error', () => {
    const noise = fc.array(fc.uint8Array({ maxLength: 4000 }), { maxLength: 5 });
    fc.assert(
      fc.property(noise, chunks => {
        try {
          for (const reply of readAll(chunks.map(chunk => Buffer.from(chunk)))) expect(reply.line).toBeDefined();
        } catch (error) {
          expect(error).toMatchObject({ message: expect.stringMatching(/^A (line|value) with/) });
        }
      }),
    );
  });

  it('joins the chunks of a value with at most two calls of Buffer.concat', () => {
    const text = 'x'.repeat(1024 * 1024);
    const wire = toWire([{ line: `VALUE k 0 ${text.length}`, value: { key: 'k', flags: '0', text } }]);
    const concat = jest.spyOn(Buffer, 'concat');
    const [reply] = readAll(cut(wire, 1400));
    expect(reply?.value?.text === text).toBe(true);
    expect(concat.mock.calls.length).toBeLessThanOrEqual(2);
    concat.mockRestore();
  });
});

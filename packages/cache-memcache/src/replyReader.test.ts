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

/** Cuts into pieces of at most so many bytes. */
function cut(wire: Buffer, bytes: number): Buffer[] {
  return Array.from({ length: Math.ceil(wire.length / bytes) }, (_, index) =>
    wire.subarray(index * bytes, (index + 1) * bytes),
  );
}

const texts = fc.oneof(
  fc.string({ unit: 'binary' }),
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

describe('replies', () => {
  it('are the same, in whatever pieces they come and whatever their texts hold', () => {
    fc.assert(
      fc.property(replies, fc.integer({ min: 1, max: 40 }), (expected, bytes) => {
        const wire = toWire(expected);
        expect(readAll(cut(wire, bytes))).toEqual(expected);
        expect(readAll([wire])).toEqual(expected);
      }),
    );
  });

  it('are given as soon as they are complete, and not before', () => {
    const reader = createReplyReader(MAX_VALUE_BYTES);
    expect([...reader.read(Buffer.from('VALUE k 0 3\r\nabc\r\nEND\r'))]).toEqual([]);
    expect([...reader.read(Buffer.from('\nSTORED\r\nEN'))]).toHaveLength(2);
    expect([...reader.read(Buffer.from('D\r\n'))]).toEqual([{ line: 'END' }]);
  });

  it('with a value that is too long are the same without its text', () => {
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

  it('are none any more after the line of a value that is not worth skipping', () => {
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
    ['a line that ends in another way', 'END\n'],
    ['a line feed alone', '\n'],
    ['a line that does not end', 'x'.repeat(2049)],
  ])('are refused when there is %s', (_what, wire) => {
    expect(() => readAll([Buffer.from(wire)])).toThrow();
  });

  it('of random bytes are read to the end or refused, and never kept beyond a line', () => {
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

  it('of a value in many pieces are put together once', () => {
    const text = 'x'.repeat(1024 * 1024);
    const wire = toWire([{ line: `VALUE k 0 ${text.length}`, value: { key: 'k', flags: '0', text } }]);
    const concat = jest.spyOn(Buffer, 'concat');
    const [reply] = readAll(cut(wire, 1400));
    expect(reply?.value?.text === text).toBe(true);
    expect(concat.mock.calls.length).toBeLessThanOrEqual(2);
    concat.mockRestore();
  });
});

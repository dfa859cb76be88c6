import fc from 'fast-check';
import { decodeValue, encodeValue } from './codec';
import type { JsonValue } from '../contract/jsonValue';

describe('the encoded text of a value', () => {
  it('decodes to the same value, for any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        expect(decodeValue(encodeValue(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('is plain JSON', () => {
    expect(encodeValue('bob')).toBe('"bob"');
    expect(encodeValue(null)).toBe('null');
    expect(encodeValue({ a: 1, b: undefined })).toBe('{"a":1}');
  });

  it('keeps __proto__ as an ordinary member', () => {
    const value = decodeValue('{"__proto__":{"polluted":true}}') as object;
    expect(Object.hasOwn(value, '__proto__')).toBe(true);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe('a value without a JSON form', () => {
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  let deep: unknown = [];
  for (let depth = 0; depth < 100_000; depth++) deep = [deep];
  const failing = {
    toJSON() {
      throw new Error('no');
    },
  };

  it.each([
    ['undefined', undefined],
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['a BigInt', 1n],
    ['a cycle', cycle],
    ['100,000 nested lists', deep],
    ['an object whose toJSON throws', failing],
  ])('is rejected with CACHE_INVALID_VALUE: %s', (_what, value) => {
    expect(() => encodeValue(value as JsonValue)).toThrow(expect.objectContaining({ code: 'CACHE_INVALID_VALUE' }));
  });
});

describe('a text that is not JSON', () => {
  it('is rejected with CACHE_CORRUPT, without being shown in the message', () => {
    for (const text of ['', 'secret', '{"secret":', '[1,]', 'undefined']) {
      const decode = () => decodeValue(text);
      expect(decode).toThrow(expect.objectContaining({ code: 'CACHE_CORRUPT' }));
      expect(decode).not.toThrow('secret');
    }
  });
});

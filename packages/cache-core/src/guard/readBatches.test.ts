import type { CacheDriver } from '../contract/driver';
import { createReadBatches, createSizeEstimate } from './readBatches';

/** Reads over a driver whose texts all have the same length, and the calls that the driver gets. */
function open({
  characters = 10,
  changes = {},
}: { readonly characters?: number; readonly changes?: Partial<Pick<CacheDriver, 'get' | 'getMany'>> } = {}) {
  const calls: (string | readonly string[])[] = [];
  const sent: number[] = [];
  const textOf = (key: string) => key.padEnd(characters, '.');
  const driver = {
    get: async (key: string) => (calls.push(key), textOf(key)),
    getMany: async (keys: readonly string[]) => (calls.push(keys), keys.map(textOf)),
    ...changes,
  };
  const events = {
    sent: (reads: readonly Read[]) => void sent.push(reads.length),
    answered: ({ answer }: Read, text: string | undefined) => answer(text),
    failed: ({ fail }: Read, error: unknown) => fail(error),
  };
  const batches = createReadBatches<Read>(driver.get, driver.getMany, events, createSizeEstimate());
  const read = (key: string) =>
    new Promise<string | undefined>((answer, fail) => {
      batches.add({ key, answer, fail });
    });
  return { read, calls, sent, textOf };
}

interface Read {
  readonly key: string;
  readonly answer: (text: string | undefined) => void;
  readonly fail: (error: unknown) => void;
}

const keysOf = (count: number) => Array.from({ length: count }, (_, index) => `key-${index}`);

describe('reads in one turn of the event loop', () => {
  it('share one call of the driver, and each gets its own answer', async () => {
    const { read, calls, textOf } = open();
    const texts = await Promise.all(keysOf(100).map(read));
    expect(texts).toEqual(keysOf(100).map(textOf));
    expect(calls).toEqual([keysOf(100)]);
  });

  it('share one call even when promise callbacks of that turn issue them', async () => {
    const { read, calls } = open();
    await Promise.all(
      keysOf(100).map(async (key, index) => {
        for (let step = 0; step < index % 5; step++) await Promise.resolve();
        return read(key);
      }),
    );
    expect(calls).toHaveLength(1);
  });

  it('are split into calls of at most 256 keys, and each call is reported', async () => {
    const { read, calls, sent } = open();
    await Promise.all(keysOf(1000).map(read));
    expect(calls.map(({ length }) => length)).toEqual([256, 256, 256, 232]);
    expect(sent).toEqual([256, 256, 256, 232]);
  });

  it('use get when there is only one', async () => {
    const { read, calls, sent } = open();
    await read('key');
    expect(calls).toEqual(['key']);
    expect(sent).toEqual([1]);
  });

  it('are split into smaller calls while values are large', async () => {
    let characters = 100 * 1024;
    const { read, calls } = open({
      changes: {
        getMany: async keys => (calls.push(keys), keys.map(() => 'x'.repeat(characters))),
        get: async key => (calls.push(key), 'x'.repeat(characters)),
      },
    });
    const largest = async () => {
      calls.length = 0;
      await Promise.all(keysOf(300).map(read));
      return Math.max(...calls.map(call => (typeof call === 'string' ? 1 : call.length)));
    };
    expect(await largest()).toBe(256);
    expect(await largest()).toBe(5);
    characters = 10;
    await largest();
    expect(await largest()).toBeGreaterThan(5);
    for (let count = 0; count < 10; count++) await largest();
    expect(await largest()).toBe(256);
  });

  it('fail together when their call fails, and later reads succeed', async () => {
    const error = new Error('ECONNRESET');
    let fails = true;
    const { read } = open({
      changes: {
        getMany: async keys => {
          if (fails) throw error;
          return keys.map(() => 'text');
        },
      },
    });
    const results = await Promise.allSettled(keysOf(3).map(read));
    expect(results).toEqual(Array(3).fill({ status: 'rejected', reason: error }));
    fails = false;
    expect(await Promise.all(keysOf(3).map(read))).toEqual(['text', 'text', 'text']);
  });
});

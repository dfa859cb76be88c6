import { setTimeout as sleep } from 'node:timers/promises';
import type { Awaitable } from '../../contract/awaitable';
import { CacheError } from '../../contract/cacheError';
import { conformanceCases, conformanceCasesFor } from './conformanceCases';
import { mapDriver } from '../testSupport/mapDriver';
import type { MapStore } from '../testSupport/mapDriver';
import { endMutants, mutants, toMutant } from '../testSupport/mutants';

afterAll(endMutants);

describe('a driver that keeps every promise', () => {
  it.each(conformanceCases)(
    'passes and leaves no entry that lives longer than an hour: $group: $name',
    async ({ run }) => {
      const store: MapStore = new Map();
      await run({ driver: mapDriver, options: { store } });
      const hourMs = 3_600_000;
      expect([...store].filter(([, { expiresAtMs }]) => expiresAtMs > performance.now() + hourMs)).toEqual([]);
    },
  );
});

describe('a driver whose store is busy for 700 ms', () => {
  const burst = conformanceCases.find(({ name }) => name.startsWith('a burst of up to 8,000'));

  it.each([1, 202])('passes the burst case when the store becomes busy at set %d', async first => {
    let operations = 0;
    let busyUntilMs = Infinity;
    const { driver, options } = toMutant(store => ({
      async set(key, value, ttlMs) {
        if (++operations === first) busyUntilMs = performance.now() + 700;
        if (operations >= first && performance.now() < busyUntilMs) await sleep(busyUntilMs - performance.now());
        return store.set(key, value, ttlMs);
      },
    }));
    await burst?.run({ driver, options });
    expect(operations).toBeGreaterThan(8000);
  });

  it('passes the case of large values when each large value takes 700 ms, too', async () => {
    const { run } = conformanceCases.find(({ name }) => name.startsWith('a value that may be too large')) ?? {};
    const busyUntilMs = performance.now() + 700;
    const { driver, options } = toMutant(store => {
      let last: Promise<unknown> = Promise.resolve();
      const inTurn = <T>(ms: number, operate: () => Awaitable<T>): Promise<T> => {
        if (performance.now() < busyUntilMs) throw new CacheError('CACHE_TIMEOUT', 'It is busy');
        const done = last.then(() => sleep(ms)).then(operate);
        last = done;
        return done;
      };
      return {
        get: async key => inTurn(0, () => store.get(key)),
        set: async (key, value, ttlMs) => inTurn(value.length > 1e6 ? 700 : 0, () => store.set(key, value, ttlMs)),
      };
    });
    await run?.({ driver, options });
  });
});

describe('a driver that breaks one promise', () => {
  it('exists for each case, and for nothing else', () => {
    expect(Object.keys(mutants).sort()).toEqual(conformanceCases.map(({ name }) => name).sort());
  });

  it.each(Object.entries(mutants))('is caught by: %s', async (caseName, change) => {
    const { run } = conformanceCases.find(({ name }) => name === caseName) ?? {};
    // The error comes from the case or from the broken driver. It must not be a mistake such as a TypeError.
    const name = expect.stringMatching(/^(Assertion)?Error$/) as string;
    // The message comes from the suite, not from `node:assert`.
    const message = expect.not.stringMatching(/^(Expected|Missing|The expression|Input)|must be strictly/) as string;
    await expect(run?.(toMutant(change))).rejects.toMatchObject({ name, message });
  });
});

describe('a message of the suite', () => {
  it('names the key, what was done to it, and what is expected', async () => {
    const caseName = 'a set replaces the text';
    const { run } = conformanceCases.find(({ name }) => name === caseName) ?? {};
    await expect(run?.(toMutant(mutants[caseName] ?? {}))).rejects.toThrow(
      /^get of the key "case-[\da-f]{16}:key" gives "first", where "second" is expected; before that: set to "first" with no ttl \d+ ms ago, set to "second" with no ttl \d+ ms ago\.$/,
    );
  });

  it('says what is wrong with the definition', async () => {
    const { run } = conformanceCases.find(({ name }) => name.startsWith('the definition')) ?? {};
    for (const [change, message] of [
      [{ store: '__proto__' }, /store "__proto__", where a name of letters/],
      [{ store: '' }, /store "", where a name/],
      [{ create: undefined as never }, /has no function create/],
      [{ policy: async () => ({}) }, /policy that returns no object/],
    ] as const) {
      await expect(run?.(toMutant(change as object))).rejects.toThrow(message);
    }
  });

  it('says that parseOptions must not be asynchronous', async () => {
    const { run } = conformanceCases.find(({ name }) => name.startsWith('wrong options')) ?? {};
    const parseOptions = (async () => ({ store: new Map() })) as never;
    await expect(run?.(toMutant({ parseOptions }))).rejects.toThrow(/gives a promise, where the options/);
  });
});

describe('a driver without a capability', () => {
  const target = {
    driver: toMutant(() => ({ clear: undefined })).driver,
    options: { store: new Map() },
    lacks: { clear: 'the store cannot list its keys' },
  };

  it('leaves out the cases of that capability and lists each with the reason', async () => {
    const { cases, leftOut } = conformanceCasesFor(target);
    expect(leftOut.length).toBeGreaterThan(0);
    expect(cases.length + leftOut.length).toBe(conformanceCases.length);
    expect(new Set(leftOut.map(({ reason }) => reason))).toEqual(new Set(['the store cannot list its keys']));
    for (const { run } of cases.filter(({ group }) => group === 'capabilities')) await run(target);
  });
});

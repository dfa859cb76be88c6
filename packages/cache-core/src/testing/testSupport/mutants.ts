import { setTimeout as sleep } from 'node:timers/promises';
import { CacheError } from '../../contract/cacheError';
import type { CacheDriver, CacheDriverDefinition } from '../../contract/driver';
import type { ConformanceTarget } from '../harness/conformanceTarget';
import type { EntryListOptions, EntryPage } from '../../contract/storedEntry';
import { mapDriver } from './mapDriver';
import type { MapStore } from './mapDriver';

/** Methods that replace those of a correct driver; `undefined` removes one. */
type Changes = { readonly [Method in keyof CacheDriver]?: CacheDriver[Method] | undefined };
/** Members that replace those of a correct definition. */
type DefinitionChange = Partial<CacheDriverDefinition<{ readonly store: MapStore }>>;
type Change = (driver: CacheDriver, store: MapStore) => Changes;

/** Changes keys, in the same way in all methods. */
function withKeys(toKey: (key: string) => string): Change {
  return driver => ({
    get: key => driver.get(toKey(key)),
    set: (key, value, ttlMs) => driver.set(toKey(key), value, ttlMs),
    delete: key => driver.delete(toKey(key)),
  });
}

/** Changes texts that are set. */
function withTexts(toText: (text: string) => string): Change {
  return driver => ({ set: (key, value, ttlMs) => driver.set(key, toText(value), ttlMs) });
}

/** Changes the ttl. */
function withTtl(toTtlMs: (ttlMs: number | undefined, key: string) => number | undefined): Change {
  return driver => ({ set: (key, value, ttlMs) => driver.set(key, value, toTtlMs(ttlMs, key)) });
}

/** Never replaces an entry. */
const addsOnly: Change = driver => ({
  async set(key, value, ttlMs) {
    if ((await driver.get(key)) === undefined) await driver.set(key, value, ttlMs);
  },
});

/** Changes `add`. */
function withAdd(
  add: (driver: CacheDriver, key: string, value: string, ttlMs: number) => Promise<boolean | undefined> | undefined,
): Change {
  return driver => ({ add: async (key, value, ttlMs) => (await add(driver, key, value, ttlMs)) ?? false });
}

/** How a mutant changes the pages of a correct driver. */
type Listing = (
  list: (options?: Partial<EntryListOptions>, prefix?: string) => AsyncIterable<EntryPage>,
  prefix: string,
  options: EntryListOptions,
) => AsyncIterable<EntryPage>;

/** Changes what `entries` is asked, and the pages that it gives. */
function withEntries(toPages: Listing): Change {
  return driver => ({
    entries: (prefix, options) =>
      toPages(
        (changes, changedPrefix = prefix) => driver.entries?.(changedPrefix, { ...options, ...changes }) ?? none(),
        prefix,
        options,
      ),
  });
}

async function* none(): AsyncGenerator<EntryPage> {}

async function* endless(): AsyncGenerator<EntryPage> {
  await new Promise(() => {});
  yield { entries: [] };
}

async function* mapPages(pages: AsyncIterable<EntryPage>, change: (page: EntryPage) => EntryPage) {
  for await (const page of pages) yield change(page);
}

const withoutDelete: Change = () => ({ delete: async () => {} });

/** Keeps the earlier expiry of a key if `keeps` returns true for the earlier and the new one. */
function keepsExpiry(keeps: (firstMs: number, secondMs: number) => boolean): Change {
  return (driver, store) => ({
    async set(key, value, ttlMs) {
      const before = store.get(key);
      await driver.set(key, value, ttlMs);
      const after = store.get(key);
      if (!before || !after || !keeps(before.expiresAtMs, after.expiresAtMs)) return;
      store.set(key, { text: value, expiresAtMs: before.expiresAtMs });
    },
  });
}

/** For each case, by its name, a driver with the fault that the case has to catch. */
export const mutants: Readonly<Record<string, Change | DefinitionChange>> = {
  'the definition has the members that core requires': { contractVersion: 2 as 1 },
  'wrong options throw CACHE_CONFIG at once, and the message does not show the value': {
    parseOptions(config) {
      const url = config.getOptionalString('map.url');
      if (url !== undefined && !URL.canParse(url)) throw new TypeError('Invalid URL');
      return { store: new Map() };
    },
  },
  'a get of an absent key returns undefined': driver => ({
    get: async key => (await driver.get(key)) ?? (null as unknown as undefined),
  }),
  'a driver can be used immediately after create, without waiting for a connection': driver => {
    const connected = sleep(50).then(() => (isConnected = true));
    let isConnected = false;
    return {
      async set(key, value, ttlMs) {
        if (!isConnected) throw new Error('Not connected');
        await driver.set(key, value, ttlMs);
      },
      async close() {
        await connected;
      },
    };
  },
  'a text comes back unchanged, whatever characters it holds': withTexts(text =>
    Buffer.from(text, 'latin1').toString('utf8'),
  ),
  'an empty text is a value, not a miss': driver => ({ get: async key => (await driver.get(key)) || undefined }),
  'a 500 KiB text comes back complete': withTexts(text => text.slice(0, 65_536)),
  'a set replaces the text': addsOnly,
  'a get does not change the entry': (driver, store) => ({
    async get(key) {
      const text = await driver.get(key);
      store.delete(key);
      return text;
    },
  }),
  'a delete removes its key': withoutDelete,
  'a delete does not touch other keys': driver => ({ delete: async key => void (await driver.clear?.(key)) }),
  'a delete of an absent key is not an error': (driver, store) => ({
    async delete(key) {
      if (!store.has(key)) throw new Error('NOT_FOUND');
      await driver.delete(key);
    },
  }),
  // Caches what it has read, and does not notice writes of other drivers.
  'sets and deletes are visible at once to another driver on the same store': driver => {
    const known = new Map<string, string | undefined>();
    return {
      async get(key) {
        if (!known.has(key)) known.set(key, await driver.get(key));
        return known.get(key);
      },
      async set(key, value, ttlMs) {
        known.set(key, value);
        await driver.set(key, value, ttlMs);
      },
    };
  },
  'keys may hold every printable ASCII character, and none is confused with another': withKeys(key =>
    'get key'.replace('key', key),
  ),
  '250-byte keys that differ in their last byte are different keys': withKeys(key => key.slice(0, 249)),
  'keys that a long namespace makes longer than 250 bytes work': withKeys(key => key.slice(0, 250)),
  'two plugins with the same key do not share an entry': withKeys(key => key.slice(key.indexOf(':'))),
  'plugins whose ids start alike or differ only in case do not share entries': withKeys(key => key.toLowerCase()),
  'a key that looks like another plugin and its key does not reach that entry': withKeys(key =>
    key.split(':').slice(-2).join(':'),
  ),
  'every text is a distinct key, whatever characters it holds': withKeys(key => key.replace(/%25/g, '%')),
  '10,000-character keys that differ in their last character are different keys': withKeys(key => key.slice(0, 30)),
  'a delete by one plugin does not touch the same key of another': (_driver, store) => ({
    async delete(key) {
      const suffix = key.slice(key.indexOf(':'));
      for (const candidate of [...store.keys()]) if (candidate.endsWith(suffix)) store.delete(candidate);
    },
  }),
  'an entry can be read until its ttl ends': withTtl(ttlMs => ttlMs && ttlMs / 2),
  'an entry expires when its ttl ends': withTtl(ttlMs => ttlMs && ttlMs + 1000),
  // Removes an expired entry only after it has returned it once more.
  'an entry expires on time even if nobody has read it': (driver, store) => ({
    async get(key) {
      const { text, expiresAtMs = 0 } = store.get(key) ?? {};
      if (expiresAtMs > performance.now()) return driver.get(key);
      store.delete(key);
      return text;
    },
  }),
  'a 1 ms ttl expires': withTtl(ttlMs => Math.floor((ttlMs ?? 0) / 50) * 50 || undefined),
  'a set without a ttl clears an earlier ttl': keepsExpiry((_firstMs, secondMs) => secondMs === Infinity),
  'a set with a ttl adds one to an entry without': keepsExpiry(firstMs => firstMs === Infinity),
  'a delete removes the ttl with the entry': driver => {
    const timers = new Map<string, NodeJS.Timeout>();
    return {
      async set(key, value, ttlMs) {
        if (ttlMs !== undefined)
          timers.set(
            key,
            setTimeout(() => void driver.delete(key), ttlMs),
          );
        await driver.set(key, value);
      },
    };
  },
  'a set with a shorter ttl replaces a longer one': keepsExpiry((firstMs, secondMs) => firstMs > secondMs),
  'a set with a longer ttl replaces a shorter one': keepsExpiry((firstMs, secondMs) => firstMs < secondMs),
  // A timer of more than 2^31 - 1 ms fires at once.
  'an entry with a ttl of ten years can be read': withTtl(ttlMs => (ttlMs && ttlMs > 2 ** 31 - 1 ? 1 : ttlMs)),
  'an entry with the longest ttl that core passes on can be read': withTtl(ttlMs =>
    ttlMs && ttlMs > 1e15 ? 1 : ttlMs,
  ),
  'a ttl of 1.5 s is not truncated to whole seconds': withTtl(
    ttlMs => ttlMs && Math.max(1, Math.floor(ttlMs / 1000)) * 1000,
  ),
  'a set with a ttl of 0 removes the old value': withoutDelete,
  'every JSON value comes back with the same content': withTexts(text => text.replace('null', '0')),
  'a text that core did not write is a miss, and the next set replaces it': addsOnly,
  'operations on one key take effect in the order they are issued': driver => ({
    async set(key, value, ttlMs) {
      await sleep(5);
      await driver.set(key, value, ttlMs);
    },
  }),
  'a delete takes effect between the sets before and after it': driver => ({
    async delete(key) {
      await sleep(5);
      await driver.delete(key);
    },
  }),
  // Removes the old value itself, with a delete that may remove a newer one.
  'a value that may be too large replaces or removes the old value, but never a later one': driver => ({
    async set(key, value, ttlMs) {
      if (value.length < 1024 * 1024) return driver.set(key, value, ttlMs);
      await sleep(5);
      await driver.delete(key);
      throw new CacheError('CACHE_TOO_LARGE', 'too large');
    },
  }),
  'each of 500 concurrent gets receives its own value': driver => {
    // Matches answers to callers by position, so that a missing one shifts all that follow.
    const waiting: ((text: string | undefined) => void)[] = [];
    return {
      get: key =>
        new Promise(resolve => {
          waiting.push(resolve);
          void Promise.resolve(driver.get(key)).then(text => {
            if (text !== undefined || waiting.length < 10) waiting.shift()?.(text);
            else setImmediate(() => waiting.splice(0).forEach(answer => answer(undefined)));
          });
        }),
    };
  },
  'concurrent sets, gets and deletes of 200 keys do not interfere': driver => {
    let deleting = 0;
    return {
      async delete(key) {
        deleting++;
        await sleep(1);
        if (deleting-- < 10) await driver.delete(key);
      },
    };
  },
  // Has a limit of its own, and rejects operations beyond it.
  'a burst of up to 8,000 sets, gets or deletes in one turn of the event loop loses none': driver => {
    let inFlight = 0;
    return {
      async set(key, value, ttlMs) {
        if (inFlight >= 1000) throw new Error('Busy');
        inFlight++;
        await new Promise(setImmediate);
        inFlight--;
        await driver.set(key, value, ttlMs);
      },
    };
  },
  'a driver lacks exactly the capabilities that its target names': () => ({ clear: undefined }),
  'a clear removes the keys that start with the prefix, and no others': driver => ({
    clear: async prefix => driver.clear?.(prefix.replace(/:$/, '')),
  }),
  'a clear takes its prefix literally': (_driver, store) => ({
    async clear(prefix) {
      const pattern = new RegExp(`^${prefix.replace(/[\\()^$|.]/g, '\\$&').replace(/[*?]/g, '.$&')}`);
      for (const key of [...store.keys()]) if (pattern.test(key)) store.delete(key);
    },
  }),
  'a clear removes thousands of keys': (_driver, store) => ({
    async clear(prefix) {
      const found = [...store.keys()].filter(key => key.startsWith(prefix));
      for (const key of found.slice(0, 1000)) store.delete(key);
    },
  }),
  'a clear leaves what is set while it runs': (_driver, store) => ({
    async clear(prefix) {
      const found = [...store.keys()].filter(key => key.startsWith(prefix));
      await new Promise(setImmediate);
      for (const key of found) store.delete(key);
    },
  }),
  'a clear of a prefix without keys is not an error': (driver, store) => ({
    async clear(prefix) {
      if (![...store.keys()].some(key => key.startsWith(prefix))) throw new Error('UNLINK needs a key');
      await driver.clear?.(prefix);
    },
  }),
  'a getMany returns texts in the order of its keys, and undefined for absent ones': driver => ({
    getMany: async keys =>
      (await Promise.all(keys.map(async key => driver.get(key)))).filter(text => text !== undefined),
  }),
  'a getMany accepts a key twice': driver => ({
    getMany: async keys => Promise.all([...new Set(keys)].map(async key => driver.get(key))),
  }),
  'a getMany of 256 keys returns a text for each': driver => ({
    getMany: async keys => Promise.all(keys.slice(0, 100).map(async key => driver.get(key))),
  }),
  'a getMany sees the sets and deletes issued before it': driver => {
    const known = new Map<string, string | undefined>();
    return {
      async set(key, value, ttlMs) {
        known.set(key, known.get(key) ?? value);
        await driver.set(key, value, ttlMs);
      },
      getMany: async keys => keys.map(key => known.get(key)),
    };
  },
  'a getMany does not return expired entries': driver => {
    const known = new Map<string, string>();
    return {
      async set(key, value, ttlMs) {
        known.set(key, value);
        await driver.set(key, value, ttlMs);
      },
      getMany: async keys => keys.map(key => known.get(key)),
    };
  },
  'an add sets an absent key, and a get returns its text': withAdd((driver, key, value, ttlMs) =>
    driver.add?.(key, value || '""', ttlMs),
  ),
  // Treats an empty text as a missing one.
  'an add of a present key returns false and leaves its text as it is': withAdd(async (driver, key, value, ttlMs) => {
    if (await driver.get(key)) return false;
    await driver.set(key, value, ttlMs);
    return true;
  }),
  'a set replaces what an add has set': addsOnly,
  // Reads before it sets, so that others can set in between.
  'exactly one of many concurrent adds of a key succeeds': withAdd(async (driver, key, value, ttlMs) => {
    if ((await driver.get(key)) !== undefined) return false;
    await driver.set(key, value, ttlMs);
    return true;
  }),
  'an add succeeds again after a delete': driver => {
    const added = new Set<string>();
    return {
      async add(key, value, ttlMs) {
        if (added.has(key)) return false;
        added.add(key);
        return driver.add?.(key, value, ttlMs) ?? false;
      },
    };
  },
  'an add succeeds again when the ttl of the previous add has ended': withAdd((driver, key, value) =>
    driver.add?.(key, value, 3_600_000),
  ),
  'an add of a present key leaves its ttl as it is': withAdd(async (driver, key, value, ttlMs) => {
    const isAdded = await driver.add?.(key, value, ttlMs);
    const text = await driver.get(key);
    if (isAdded === false && text !== undefined) await driver.set(key, text, ttlMs);
    return isAdded;
  }),
  'an add treats keys as get and set do': withAdd((driver, key, value, ttlMs) =>
    driver.add?.(key.replaceAll('$&', '$'), value, ttlMs),
  ),
  // Answers before the previous write has been made.
  'an add sees the sets and deletes issued before it': driver => ({
    async set(key, value, ttlMs) {
      await sleep(5);
      await driver.set(key, value, ttlMs);
    },
  }),
  'close settles in time, however often it is called': driver => {
    let closed = false;
    return {
      async close() {
        if (closed) throw new Error('Closed already');
        closed = true;
        await driver.close();
      },
    };
  },
  'a driver can be closed as soon as it is created': driver => ({
    async close() {
      await sleep(2500);
      await driver.close();
    },
  }),
  'entries lists the keys that start with the prefix, and no others': withEntries((list, prefix) =>
    list({}, prefix.replace(/:$/, '')),
  ),
  'entries takes its prefix literally': (_driver, store) => ({
    async *entries(prefix) {
      const pattern = new RegExp(`^${prefix.replace(/[\\()^$|.]/g, '\\$&').replace(/[*?]/g, '.$&')}`);
      yield { entries: [...store.keys()].filter(key => pattern.test(key)).map(key => ({ key })) };
    },
  }),
  'entries lists thousands of keys, in several pages': withEntries(list => list({ pageSize: 1_000_000 })),
  'entries of a prefix without keys lists none': withEntries((list, prefix) =>
    mapPages(list(), ({ entries }) => ({ entries: entries.length > 0 ? entries : [{ key: prefix }] })),
  ),
  'entries does not list what was deleted': driver => {
    const deleted: string[] = [];
    return {
      async delete(key) {
        deleted.push(key);
        await driver.delete(key);
      },
      async *entries(prefix, options) {
        yield* driver.entries?.(prefix, options) ?? none();
        yield { entries: deleted.filter(key => key.startsWith(prefix)).map(key => ({ key })) };
      },
    };
  },
  'entries with details reports plausible bytes and time left, if it reports them': withEntries(list =>
    mapPages(list(), page => ({ ...page, entries: page.entries.map(entry => ({ ...entry, expiresInMs: 0 })) })),
  ),
  'entries continues after its cursor and lists each key once': withEntries((list, _prefix, { cursor }) =>
    mapPages(list(), page => (cursor === undefined ? page : { ...page, entries: page.entries.slice(1) })),
  ),
  'entries ends when its signal fires or its caller leaves': withEntries((list, _prefix, { signal }) =>
    signal ? endless() : list(),
  ),
  'a clear that reports how many entries it has removed reports the right number': driver => ({
    async clear(prefix) {
      await driver.clear?.(prefix);
      return { entries: 1 };
    },
  }),
  // Answers from a cache of its own.
  'a value that another process has replaced is read no longer than maxStaleness': driver => {
    const known = new Map<string, string | undefined>();
    return {
      async get(key) {
        if (known.get(key) === undefined) known.set(key, await driver.get(key));
        return known.get(key);
      },
    };
  },
  // Acknowledges some sets before the store has them.
  'a later set by another process is read once the near copy is older than maxStaleness': driver => ({
    async set(key, value, ttlMs) {
      if (!value.includes('own')) return driver.set(key, value, ttlMs);
      setTimeout(() => void driver.set(key, value, ttlMs), 50);
    },
  }),
  // A get overtakes the sets that were issued before it.
  'own sets and deletes are visible at once, also to a get issued before the set has ended': driver => ({
    async set(key, value, ttlMs) {
      await sleep(5);
      await driver.set(key, value, ttlMs);
    },
  }),
  // Resolves although the store has rejected the value.
  'a set that the store refuses leaves no near copy': driver => ({
    async set(key, value, ttlMs) {
      if (value.length < 1_000_000) await driver.set(key, value, ttlMs);
    },
  }),
  'an entry with a near copy expires at most maxStaleness after its ttl ends': withTtl(ttlMs => ttlMs && ttlMs + 1000),
  // Resolves before it has removed anything.
  'a clear leaves no near copy, and neither does a read that was under way': (_driver, store) => ({
    async clear(prefix) {
      const found = [...store.keys()].filter(key => key.startsWith(prefix));
      setTimeout(() => found.forEach(key => store.delete(key)), 20);
    },
  }),
  'every JSON value is the same from the store and a near copy, and each caller gets its own copy': driver => ({
    get: async key => Buffer.from((await driver.get(key)) ?? '') as unknown as string,
  }),
  'encrypted values are the same from the store and from a near copy': withTexts(text => text.toLowerCase()),
  'after close every operation rejects with CACHE_CLOSED': () => ({ close: async () => {} }),
  'connections() is above 0 while the driver is in use, and 0 after close': () => ({
    connections: () => 1,
  }),
  'operations in flight settle when the driver is closed': driver => {
    let closing = false;
    return {
      async get(key) {
        await sleep(1);
        return closing ? new Promise(() => {}) : driver.get(key);
      },
      async close() {
        closing = true;
        await driver.close();
      },
    };
  },
  'closing one driver leaves another on the same store open': (driver, store) => ({
    async close() {
      store.clear();
      await driver.close();
    },
  }),
  'close leaves no timer running, not even an unreferenced one': () => {
    const timer = setInterval(() => {}, 1000).unref();
    leftTimers.push(timer);
    return {};
  },
  'close leaves nothing that keeps the process alive': () => {
    const timer = setInterval(() => {}, 1000);
    leftTimers.push(timer);
    return {};
  },
};

const leftTimers: NodeJS.Timeout[] = [];

/** Ends the timers that mutants have left running. */
export function endMutants(): void {
  for (const timer of leftTimers.splice(0)) clearInterval(timer);
}

/** A target with a broken driver. */
export function toMutant(change: Change | DefinitionChange): ConformanceTarget<{ readonly store: MapStore }> {
  if (typeof change !== 'function') return { driver: { ...mapDriver, ...change }, options: { store: new Map() } };
  const driver: CacheDriverDefinition<{ readonly store: MapStore }> = {
    ...mapDriver,
    create(options, host) {
      const correct = mapDriver.create(options, host);
      const methods = ['get', 'getMany', 'set', 'add', 'delete', 'clear', 'entries', 'close'] as const;
      const bound = Object.fromEntries(methods.map(method => [method, correct[method]?.bind(correct)]));
      return { ...bound, ...change(correct, options.store) } as unknown as CacheDriver;
    },
  };
  return { driver, options: { store: new Map() } };
}

import { setTimeout as sleep } from 'node:timers/promises';
import { CacheError } from '../../contract/cacheError';
import type { CacheDriver, CacheDriverDefinition } from '../../contract/driver';
import type { ConformanceTarget } from '../harness/conformanceTarget';
import { mapDriver } from './mapDriver';
import type { MapStore } from './mapDriver';

/** Methods that take the place of those of a correct driver; `undefined` takes a method away. */
type Changes = { readonly [Method in keyof CacheDriver]?: CacheDriver[Method] | undefined };
/** Members that take the place of those of a correct definition. */
type DefinitionChange = Partial<CacheDriverDefinition<{ readonly store: MapStore }>>;
type Change = (driver: CacheDriver, store: MapStore) => Changes;

/** Wrong in what it does to keys, in all methods alike. */
function withKeys(toKey: (key: string) => string): Change {
  return driver => ({
    get: key => driver.get(toKey(key)),
    set: (key, value, ttlMs) => driver.set(toKey(key), value, ttlMs),
    delete: key => driver.delete(toKey(key)),
  });
}

/** Wrong in what it does to texts. */
function withTexts(toText: (text: string) => string): Change {
  return driver => ({ set: (key, value, ttlMs) => driver.set(key, toText(value), ttlMs) });
}

/** Wrong in what it does to the ttl. */
function withTtl(toTtlMs: (ttlMs: number | undefined, key: string) => number | undefined): Change {
  return driver => ({ set: (key, value, ttlMs) => driver.set(key, value, toTtlMs(ttlMs, key)) });
}

/** Never replaces what is there. */
const addsOnly: Change = driver => ({
  async set(key, value, ttlMs) {
    if ((await driver.get(key)) === undefined) await driver.set(key, value, ttlMs);
  },
});

const withoutDelete: Change = () => ({ delete: async () => {} });

/** Keeps the expiry of the first set. */
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

/** For each case, by its name, a driver that is broken in the way that the case is there to catch. */
export const mutants: Readonly<Record<string, Change | DefinitionChange>> = {
  'the definition has the members that core asks for': { contractVersion: 2 as 1 },
  'wrong options are refused at once, by an error with the code CACHE_CONFIG that shows no value': {
    parseOptions(config) {
      const url = config.getOptionalString('map.url');
      if (url !== undefined && !URL.canParse(url)) throw new TypeError('Invalid URL');
      return { store: new Map() };
    },
  },
  'a get of an absent key gives undefined': driver => ({
    get: async key => (await driver.get(key)) ?? (null as unknown as undefined),
  }),
  'works as soon as it is created, without waiting for a connection': driver => {
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
  'a text comes back as it was set, whatever is in it': withTexts(text => Buffer.from(text, 'latin1').toString('utf8')),
  'an empty text is a text': driver => ({ get: async key => (await driver.get(key)) || undefined }),
  'a text of 500 KiB comes back whole': withTexts(text => text.slice(0, 65_536)),
  'a set replaces the text': addsOnly,
  'a get leaves the entry as it is': (driver, store) => ({
    async get(key) {
      const text = await driver.get(key);
      store.delete(key);
      return text;
    },
  }),
  'a delete removes its key': withoutDelete,
  'a delete leaves all other keys alone': driver => ({ delete: async key => driver.clear?.(key) }),
  'a delete of an absent key is no error': (driver, store) => ({
    async delete(key) {
      if (!store.has(key)) throw new Error('NOT_FOUND');
      await driver.delete(key);
    },
  }),
  // Keeps what it has read, and does not hear of what others write.
  'what one driver sets and deletes, another one on the same store sees at once': driver => {
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
  'keys may hold every printable ASCII character, and differ when one of these does': withKeys(key =>
    'get key'.replace('key', key),
  ),
  'keys of 250 bytes differ when their last byte does': withKeys(key => key.slice(0, 249)),
  'keys that a long namespace makes longer than 250 bytes work too': withKeys(key => key.slice(0, 250)),
  'two plugins with the same key do not meet': withKeys(key => key.slice(key.indexOf(':'))),
  'plugin ids that begin alike, or differ by case only, do not meet': withKeys(key => key.toLowerCase()),
  'a key that looks like the id and the key of another plugin does not meet them': withKeys(key =>
    key.split(':').slice(-2).join(':'),
  ),
  'any text is a key of its own, whatever characters it holds': withKeys(key => key.replace(/%25/g, '%')),
  'keys of 10,000 characters differ when their last character does': withKeys(key => key.slice(0, 30)),
  'a delete by one plugin leaves the same key of another alone': (_driver, store) => ({
    async delete(key) {
      const suffix = key.slice(key.indexOf(':'));
      for (const candidate of [...store.keys()]) if (candidate.endsWith(suffix)) store.delete(candidate);
    },
  }),
  'an entry is there until its ttl ends': withTtl(ttlMs => ttlMs && ttlMs / 2),
  'an entry is gone when its ttl has ended': withTtl(ttlMs => ttlMs && ttlMs + 1000),
  // Notices the end of an entry by the get that should have missed.
  'an entry that nobody has read since is gone as well when its ttl has ended': (driver, store) => ({
    async get(key) {
      const { text, expiresAtMs = 0 } = store.get(key) ?? {};
      if (expiresAtMs > performance.now()) return driver.get(key);
      store.delete(key);
      return text;
    },
  }),
  'a ttl of 1 ms is a ttl': withTtl(ttlMs => Math.floor((ttlMs ?? 0) / 50) * 50 || undefined),
  'a set without a ttl clears an earlier ttl': keepsExpiry((_firstMs, secondMs) => secondMs === Infinity),
  'a set with a ttl gives one to an entry without': keepsExpiry(firstMs => firstMs === Infinity),
  'a delete takes the ttl away with the entry': driver => {
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
  // Timers take 32 bits, and end at once beyond them.
  'an entry with a ttl of ten years is there': withTtl(ttlMs => (ttlMs && ttlMs > 2 ** 31 - 1 ? 1 : ttlMs)),
  'an entry with the longest ttl that core passes on is there': withTtl(ttlMs => (ttlMs && ttlMs > 1e15 ? 1 : ttlMs)),
  'a ttl of one and a half seconds is not cut to whole ones': withTtl(
    ttlMs => ttlMs && Math.max(1, Math.floor(ttlMs / 1000)) * 1000,
  ),
  'a set with a ttl of 0 takes the old value away': withoutDelete,
  'every JSON value comes back with the same content': withTexts(text => text.replace('null', '0')),
  'a text that core did not write is a miss, and the next set heals it': addsOnly,
  'operations on one key take effect in the order in which they are issued': driver => ({
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
  // Removes the old value itself, when a newer one may be there.
  'a value that may be too large replaces the old one, and leaves alone what is set after it': driver => ({
    async set(key, value, ttlMs) {
      if (value.length < 1024 * 1024) return driver.set(key, value, ttlMs);
      await sleep(5);
      await driver.delete(key);
      throw new CacheError('CACHE_TOO_LARGE', 'too large');
    },
  }),
  'each of 500 gets at once has its own answer': driver => {
    // Answers are given to callers by their number, and one that is missing shifts all that follow.
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
  'sets, gets and deletes of 200 keys at once do not disturb each other': driver => {
    let deleting = 0;
    return {
      async delete(key) {
        deleting++;
        await sleep(1);
        if (deleting-- < 10) await driver.delete(key);
      },
    };
  },
  // Has a bound of its own, and refuses what is more.
  'of up to 8,000 sets, gets or deletes in one turn of the event loop none is lost': driver => {
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
  'lacks the capabilities that it says it lacks, and no others': () => ({ clear: undefined }),
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
  'a clear of nothing is no error': (driver, store) => ({
    async clear(prefix) {
      if (![...store.keys()].some(key => key.startsWith(prefix))) throw new Error('UNLINK needs a key');
      await driver.clear?.(prefix);
    },
  }),
  'a getMany gives texts in the order of its keys, and undefined for those that are absent': driver => ({
    getMany: async keys =>
      (await Promise.all(keys.map(async key => driver.get(key)))).filter(text => text !== undefined),
  }),
  'a getMany takes a key twice': driver => ({
    getMany: async keys => Promise.all([...new Set(keys)].map(async key => driver.get(key))),
  }),
  'a getMany of 256 keys has an answer for each': driver => ({
    getMany: async keys => Promise.all(keys.slice(0, 100).map(async key => driver.get(key))),
  }),
  'a getMany finds what a set before it has set, and nothing that a delete has removed': driver => {
    const known = new Map<string, string | undefined>();
    return {
      async set(key, value, ttlMs) {
        known.set(key, known.get(key) ?? value);
        await driver.set(key, value, ttlMs);
      },
      getMany: async keys => keys.map(key => known.get(key)),
    };
  },
  'a getMany does not find what has expired': driver => {
    const known = new Map<string, string>();
    return {
      async set(key, value, ttlMs) {
        known.set(key, value);
        await driver.set(key, value, ttlMs);
      },
      getMany: async keys => keys.map(key => known.get(key)),
    };
  },
  'a close settles in time, as often as it is called': driver => {
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
  'after a close every operation rejects with CACHE_CLOSED': () => ({ close: async () => {} }),
  'connections that are counted are there while the driver is used, and gone after its close': () => ({
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
  'a close of one driver leaves another one on the same store open': (driver, store) => ({
    async close() {
      store.clear();
      await driver.close();
    },
  }),
  'a close leaves no timer that goes on, not even one that lets the process end': () => {
    const timer = setInterval(() => {}, 1000).unref();
    leftTimers.push(timer);
    return {};
  },
  'a close leaves nothing behind that keeps the process from ending': () => {
    const timer = setInterval(() => {}, 1000);
    leftTimers.push(timer);
    return {};
  },
};

const leftTimers: NodeJS.Timeout[] = [];

/** Ends what the mutants have left running. */
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
      const methods = ['get', 'getMany', 'set', 'delete', 'clear', 'close'] as const;
      const bound = Object.fromEntries(methods.map(method => [method, correct[method]?.bind(correct)]));
      return { ...bound, ...change(correct, options.store) } as unknown as CacheDriver;
    },
  };
  return { driver, options: { store: new Map() } };
}

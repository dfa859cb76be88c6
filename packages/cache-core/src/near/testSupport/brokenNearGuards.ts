import type { DriverGuard } from '../../guard/driverGuard';
import type { createNearGuard, NearGuardOptions } from '../../guard/nearGuard';
import { plainRead } from '../../guard/operation';
import type { NearCache } from '../nearCache';

type CreateNearGuard = typeof createNearGuard;
/** Creates a broken guard; `create` makes the correct one. */
export type CreateBrokenGuard = (options: NearGuardOptions, create: CreateNearGuard) => DriverGuard;
type NearAsk = ReturnType<NearCache['ask']>;
type NearChange = Partial<Omit<NearCache, 'isStoreInProcess' | 'figures' | 'watchedKeys'>>;

/** A near guard whose near cache is changed. */
function withNear(change: (near: NearCache, options: NearGuardOptions) => NearChange): CreateBrokenGuard {
  return (options, create) => create({ ...options, near: changeNear(options.near, change(options.near, options)) });
}

function changeNear(near: NearCache, change: NearChange): NearCache {
  return new Proxy(near, {
    get(target, name) {
      const member: unknown = name in change ? Reflect.get(change, name) : Reflect.get(target, name, target);
      return typeof member === 'function' ? (member as () => unknown).bind(target) : member;
    },
    set: (target, name, value) => Reflect.set(target, name, value, target),
  });
}

/** A near guard whose changed near cache can ask which method of the guard is running; `undefined` once that method has returned. */
function withCalls(
  change: (calling: () => 'set' | 'delete' | 'clear' | undefined, near: NearCache) => NearChange,
): CreateBrokenGuard {
  return (options, create) => {
    let calling: 'set' | 'delete' | 'clear' | undefined;
    const guard = withNear(near => change(() => calling, near))(options, create);
    const during = <T>(name: NonNullable<typeof calling>, call: () => T): T => {
      calling = name;
      try {
        return call();
      } finally {
        calling = undefined;
      }
    };
    return bindGuard(guard, {
      set: (...call) => during('set', () => guard.set(...call)),
      delete: (...call) => during('delete', () => guard.delete(...call)),
      clear: (...call) => during('clear', () => guard.clear(...call)),
    });
  };
}

function bindGuard(guard: DriverGuard, change: Partial<DriverGuard>): DriverGuard {
  return {
    get: (...call) => guard.get(...call),
    getEntry: (...call) => guard.getEntry(...call),
    set: (...call) => guard.set(...call),
    delete: (...call) => guard.delete(...call),
    clear: plugin => guard.clear(plugin),
    hasLeases: guard.hasLeases,
    takeLease: (...call) => guard.takeLease(...call),
    pollEntry: (...call) => guard.pollEntry(...call),
    get isAway() {
      return guard.isAway;
    },
    mayRead: key => guard.mayRead(key),
    connections: () => guard.connections(),
    close: () => guard.close(),
    ...change,
  };
}

const withTime = (asked: NearAsk, time: Partial<NearAsk['time']>): NearAsk => ({
  ...asked,
  time: { ...asked.time, ...time },
});
const now = () => ({ monotonicMs: performance.now(), wallMs: Date.now() });
/** The same request, as if it were the latest one and the key had not changed since. */
const asLatest = (near: NearCache, { watcher, time }: NearAsk): NearAsk => withTime(near.ask(watcher.key, 0), time);

/** Keeps some answers that must not be kept. */
function withAnswers(
  isKept: (near: NearCache) => NearChange & { readonly keeps: (read: NearAsk) => boolean },
): CreateBrokenGuard {
  return withNear(near => {
    const { keeps, ...change } = isKept(near);
    return {
      ...change,
      answered(read, entry) {
        const isForced = keeps(read);
        near.answered(read, entry);
        if (isForced && entry) near.answered(asLatest(near, read), entry);
      },
    };
  });
}

/** Keeps copies of some sets that must not be kept. */
function withSets(isKept: (set: NearAsk) => boolean): CreateBrokenGuard {
  return withNear(near => ({
    acknowledged(set, json, freshness) {
      if (!isKept(set)) return near.acknowledged(set, json, freshness);
      near.failed(set);
      near.acknowledged(asLatest(near, set), json, freshness);
    },
  }));
}

/** A near guard with one defect, and the failure that the exploration must report. */
export interface BrokenNearGuard {
  readonly create: CreateBrokenGuard;
  readonly finds: RegExp;
}

const OLDER = /older than/;
/** A copy that is served for too long may be reported first as older than a later read, or as past its ttl. */
const AGED = /longer than \d+ ms|older than|whose (ttl|life) is over/;

/** Broken guards by their defect. */
export const brokenNearGuards: Readonly<Record<string, BrokenNearGuard>> = {
  'the age of a read counts from its reply': {
    create: withNear(near => ({ answered: (read, entry) => near.answered(withTime(read, now()), entry) })),
    finds: AGED,
  },
  'the age of a set counts from its end': {
    create: withNear(near => ({
      acknowledged: (set, json, freshness) => near.acknowledged(withTime(set, now()), json, freshness),
    })),
    finds: AGED,
  },
  'only the monotonic clock ages a copy': {
    create: withNear(near => ({ ask: (...call) => withTime(near.ask(...call), { wallMs: Infinity }) })),
    finds: AGED,
  },
  'only the wall clock ages a copy': {
    create: withNear(near => ({ ask: (...call) => withTime(near.ask(...call), { monotonicMs: Infinity }) })),
    finds: AGED,
  },
  'copies do not age while the store is away': {
    create: withNear((near, { guard }) => ({
      ask(key, maxAgeMs) {
        const { watcher, time } = near.ask(key, maxAgeMs);
        const getMaxAgeMs = () => (guard.isAway ? Infinity : maxAgeMs);
        return { watcher, time: Object.defineProperty({ ...time }, 'maxAgeMs', { get: getMaxAgeMs }) };
      },
    })),
    finds: AGED,
  },
  'an answer is kept although its key was written during the read': {
    create: withAnswers(() => ({ keeps: ({ watcher }) => watcher.watch.isChanged })),
    finds: OLDER,
  },
  'an answer is kept although its key was written during the read, if a later read has begun': {
    create: withAnswers(near => {
      const asked = new Set<string>();
      return {
        ask(key, maxAgeMs) {
          asked.add(key);
          return near.ask(key, maxAgeMs);
        },
        written(key) {
          asked.delete(key);
          near.written(key);
        },
        keeps: ({ watcher }) => asked.has(watcher.key) && watcher.watch.isChanged,
      };
    }),
    finds: OLDER,
  },
  'an answer is kept although its key was cleared during the read': {
    create: withAnswers(near => {
      const underWay = new Set<NearAsk>();
      const cleared = new WeakSet<object>();
      return {
        ask(key, maxAgeMs) {
          const asked = near.ask(key, maxAgeMs);
          underWay.add(asked);
          return asked;
        },
        cleared(prefix) {
          for (const asked of underWay) if (asked.watcher.key.startsWith(prefix)) cleared.add(asked);
          near.cleared(prefix);
        },
        keeps: read => cleared.has(read),
      };
    }),
    finds: OLDER,
  },
  'an older reply replaces a newer one': {
    create: withAnswers(() => ({ keeps: ({ watcher }) => !watcher.watch.isChanged })),
    finds: OLDER,
  },
  'a write drops no copy when it is called': {
    create: withCalls((calling, near) => ({
      written(key) {
        if (!calling()) near.written(key);
      },
    })),
    finds: OLDER,
  },
  'a write drops no copy when it ends': {
    create: withCalls((calling, near) => ({
      written(key) {
        if (calling()) near.written(key);
      },
      acknowledged: set => near.failed(set),
    })),
    finds: OLDER,
  },
  'a set keeps its copy although another write of its key was called': {
    create: withSets(({ watcher }) => watcher.watch.isChanged),
    finds: OLDER,
  },
  'a set keeps its copy although its key was read meanwhile': {
    create: withSets(({ watcher }) => !watcher.watch.isChanged),
    finds: OLDER,
  },
  'a failed set keeps a copy': {
    create(options, create) {
      const { guard } = options;
      const acknowledging = bindGuard(guard, {
        set: (plugin, key, json, ttlMs, freshness, settled) =>
          guard.set(plugin, key, json, ttlMs, freshness, settled && (() => settled(true))),
      });
      return create({ ...options, guard: acknowledging });
    },
    finds: /which the store never had/,
  },
  'the ttl of a set is ignored': {
    create: withNear((near, { maxStalenessMs }) => ({ ask: key => near.ask(key, maxStalenessMs) })),
    finds: /whose (ttl|life) is over/,
  },
  'the freshness times of an entry are ignored': {
    create: withNear(near => ({
      answered: (read, entry) =>
        near.answered(read, entry && { ...entry, freshUntilMs: Infinity, staleUntilMs: Infinity }),
    })),
    finds: /whose life is over by its header/,
  },
  'a clear drops no copy when it is called': {
    create: withCalls((calling, near) => ({
      cleared(prefix) {
        if (calling() !== 'clear') near.cleared(prefix);
      },
    })),
    finds: OLDER,
  },
  'a poll is answered from a copy': {
    create(options, create) {
      const guard = create(options);
      return bindGuard(guard, { pollEntry: async (plugin, key) => guard.getEntry(plugin, key, plainRead) });
    },
    finds: /which was gone when it was asked for/,
  },
};

/** A near cache that still serves copies after `close`. */
export function withoutClose(near: NearCache): NearCache {
  return changeNear(near, { close: () => {} });
}

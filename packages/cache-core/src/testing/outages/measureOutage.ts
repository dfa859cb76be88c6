import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CacheService } from '../../contract/cacheService';

/** A fault that can be begun and ended. Both resolve when it is so. */
export interface Fault {
  begin(): Promise<void> | void;
  end(): Promise<void> | void;
}

/** How an outage goes. */
export interface OutagePlan {
  readonly fault: Fault;
  /** How long the fault lasts, in ms. */
  readonly lengthMs: number;
  /** Operations that are issued at once when it begins; later there are 20 every 100 ms. */
  readonly inFlight: number;
}

/** What users of a cache noticed of an outage. */
export interface OutageMeasures {
  readonly operations: number;
  /** Operations that had not settled after {@link CUT_OFF_MS}. */
  readonly unsettled: number;
  readonly rejected: number;
  /** Longest time that an operation took, in ms, before, in and after the outage. */
  readonly longestMs: number;
  /** Median of the time that an operation took that was issued later than 1 s into the outage, in ms. */
  readonly medianLaterMs: number;
  /** Gets that gave a value although a later write of it, or its removal, had settled before. */
  readonly staleReads: number;
  /** Gets that gave what nobody had set under the key. */
  readonly wrongReads: number;
  /** Gets, begun while the fault lasted, that gave the value of a key that nobody had written meanwhile. */
  readonly hits: number;
  /** From the end of the fault to the first value that came back as it was set; `undefined`: not within 6 s. */
  readonly recoveredAfterMs: number | undefined;
  /** The same, from the beginning of the fault. */
  readonly usableAfterMs: number | undefined;
  /** Keys that were overwritten or deleted during the outage, whose values from before it must be gone. */
  readonly writtenKeys: readonly string[];
}

/** What every key holds before the outage. */
export function oldValueOf(key: string): string {
  return `old ${key}`;
}

/** What an operation is given to settle. */
const CUT_OFF_MS = 4000;
const RECOVERY_CUT_OFF_MS = 6000;
const KEYS = 100;
/** What is left in the store goes by itself. */
const TTL_MS = 10 * 60_000;
/** Operations at once where nothing is measured: a slow store is not to have an outage of its own. */
const AT_ONCE = 50;

/** Puts a cache through an outage. The keys are its own; the fault is ended and what was issued has settled or been given up. */
export async function measureOutage(cache: CacheService, plan: OutagePlan): Promise<OutageMeasures> {
  return new Outage(cache, plan).run();
}

class Outage {
  readonly #cache: CacheService;
  readonly #plan: OutagePlan;
  readonly #tallies = { operations: 0, unsettled: 0, rejected: 0, longestMs: 0, staleReads: 0, wrongReads: 0, hits: 0 };
  readonly #laterMs: number[] = [];
  readonly #pending = new Set<Promise<void>>();
  /** Keys of which a write has settled since the outage began. */
  readonly #written = new Set<string>();
  #beganAtMs = Infinity;
  #next = 0;

  constructor(cache: CacheService, plan: OutagePlan) {
    this.#cache = cache;
    this.#plan = plan;
  }

  async run(): Promise<OutageMeasures> {
    await this.#fill();
    this.#beganAtMs = performance.now();
    await this.#plan.fault.begin();
    this.#issue(this.#plan.inFlight);
    while (performance.now() - this.#beganAtMs < this.#plan.lengthMs) {
      await sleep(100);
      this.#issue(20);
    }
    await this.#plan.fault.end();
    const endedAtMs = performance.now();
    const recoveredAtMs = await this.#recover(endedAtMs);
    await Promise.all(this.#pending);
    await this.#readWritten(['old']);
    await this.#overwrite();
    return {
      ...this.#tallies,
      writtenKeys: [...this.#written],
      medianLaterMs: median(this.#laterMs),
      recoveredAfterMs: recoveredAtMs && recoveredAtMs - endedAtMs,
      usableAfterMs: recoveredAtMs && recoveredAtMs - this.#beganAtMs,
    };
  }

  /** Every key has an old value, as is seen by reading it. */
  async #fill(): Promise<void> {
    const keys = Array.from({ length: KEYS }, (_, index) => [
      `read-${index}`,
      `set-${index}`,
      `delete-${index}`,
    ]).flat();
    const deadlineMs = performance.now() + RECOVERY_CUT_OFF_MS;
    for (;;) {
      await inParts(keys, key => this.#cache.set(key, oldValueOf(key), { ttl: TTL_MS }));
      const values = await inParts(keys, key => this.#cache.get(key));
      if (values.every((value, index) => value === oldValueOf(keys[index] ?? ''))) return;
      assert.ok(performance.now() < deadlineMs, 'The store could not be used before its outage began');
      await sleep(50);
    }
  }

  #issue(count: number): void {
    for (let index = 0; index < count; index++) {
      const number = this.#next++ % KEYS;
      if (this.#next % 4 === 0)
        void this.#write(`set-${number}`, key => this.#cache.set(key, `new ${key}`, { ttl: TTL_MS }));
      else if (this.#next % 4 === 2) void this.#write(`delete-${number}`, key => this.#cache.delete(key));
      else void this.#read([`read-${number}`, `set-${number}`, `delete-${number}`][this.#next % 3] ?? '');
    }
  }

  #read(key: string, outdated: readonly string[] = this.#written.has(key) ? ['old'] : []): Promise<void> {
    return this.#watch(async () => {
      const value = await this.#cache.get(key);
      if (value === undefined) return;
      const [age = '', ofKey] = typeof value === 'string' ? value.split(' ') : [];
      if (ofKey !== key) this.#tallies.wrongReads++;
      else if (outdated.includes(age)) this.#tallies.staleReads++;
      else if (age === 'old') this.#tallies.hits++;
    });
  }

  #write(key: string, write: (key: string) => Promise<void>): Promise<void> {
    return this.#watch(async () => {
      await write(key);
      this.#written.add(key);
    });
  }

  #watch(operation: () => Promise<void>): Promise<void> {
    const startedAtMs = performance.now();
    this.#tallies.operations++;
    const isLater = startedAtMs - this.#beganAtMs > 1000;
    const settled = operation().then(
      () => {},
      () => void this.#tallies.rejected++,
    );
    const pending = orGiveUp(settled, () => void this.#tallies.unsettled++).then(() => {
      const tookMs = performance.now() - startedAtMs;
      this.#tallies.longestMs = Math.max(this.#tallies.longestMs, tookMs);
      if (isLater) this.#laterMs.push(tookMs);
      this.#pending.delete(pending);
    });
    this.#pending.add(pending);
    return pending;
  }

  /** The time at which a value came back; the store may have lost what it had. */
  async #recover(endedAtMs: number): Promise<number | undefined> {
    for (let count = 0; performance.now() - endedAtMs < RECOVERY_CUT_OFF_MS; count++) {
      const value = await orGiveUp(this.#setAndGet(`recovered-${count}`), () => {});
      if (value === 'back') return performance.now();
      await sleep(10);
    }
    return undefined;
  }

  async #setAndGet(key: string): Promise<unknown> {
    try {
      await this.#cache.set(key, 'back', { ttl: TTL_MS });
      return await this.#cache.get(key);
    } catch {
      // Counted where it is promised that this does not happen: here it is a store that is not back.
      return undefined;
    }
  }

  async #readWritten(outdated: readonly string[]): Promise<void> {
    await inParts([...this.#written], key => this.#read(key, outdated));
  }

  /** What was issued in the outage and is sent only now would take the place of what is written after it. */
  async #overwrite(): Promise<void> {
    await inParts([...this.#written], key =>
      this.#write(key, () => this.#cache.set(key, `after ${key}`, { ttl: TTL_MS })),
    );
    await sleep(500);
    await this.#readWritten(['old', 'new']);
  }
}

async function inParts<T>(keys: readonly string[], operation: (key: string) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let start = 0; start < keys.length; start += AT_ONCE) {
    results.push(...(await Promise.all(keys.slice(start, start + AT_ONCE).map(operation))));
  }
  return results;
}

async function orGiveUp<T>(promise: Promise<T>, giveUp: () => void): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<undefined>(resolve => {
    timer = setTimeout(() => {
      giveUp();
      resolve(undefined);
    }, CUT_OFF_MS);
  });
  const first = await Promise.race([promise, expired]);
  clearTimeout(timer);
  return first;
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((first, second) => first - second);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CacheService } from '../../contract/cacheService';
import { startProcessClock } from '../harness/startProcessClock';
import type { ProcessClock } from '../harness/startProcessClock';
import { ENTRY_TTL_MS } from './limits';

/** A fault that can be switched on and off. */
export interface Fault {
  /** Starts the fault. Resolves when it is there. */
  begin(): Promise<void> | void;
  /** Ends the fault. Resolves when it is gone. */
  end(): Promise<void> | void;
}

/** The course of an outage. */
export interface OutagePlan {
  /** The fault that causes it. */
  readonly fault: Fault;
  /** How long the fault lasts, in ms. */
  readonly lengthMs: number;
  /** Number of operations that start together with the fault; later, 20 start every 100 ms. */
  readonly inFlight: number;
}

/** What the users of a cache noticed during an outage. Time that this process spent waiting for a processor does not count. */
export interface OutageMeasures {
  /** Operations that were issued, at least 1. */
  readonly operations: number;
  /** Operations that had not settled after 4 s. */
  readonly unsettled: number;
  /** Operations that rejected. */
  readonly rejected: number;
  /** Longest time of an operation in ms, before, during and after the outage; the suite waits 4 s at most. */
  readonly longestMs: number;
  /** Median time in ms of the operations that started more than 1 s into the outage; 0 if there were none. */
  readonly medianLaterMs: number;
  /** Gets that returned a value although a later set or delete of the key had settled before. */
  readonly staleReads: number;
  /** Gets that returned something that was never set under the key. */
  readonly wrongReads: number;
  /** Gets that returned the value from before the outage, of a key that was not written meanwhile. */
  readonly hits: number;
  /** Time in ms from the end of the fault until a newly set value could be read; `undefined` when none could within 6 s. */
  readonly recoveredAfterMs: number | undefined;
  /** The same time, measured from the start of the fault. */
  readonly usableAfterMs: number | undefined;
  /** Keys that were overwritten or deleted during the outage; their earlier values must be gone. */
  readonly writtenKeys: readonly string[];
}

/** The value of a key before the outage. */
export function oldValueOf(key: string): string {
  return `old ${key}`;
}

/** The suite waits for an operation no longer than this. */
const CUT_OFF_MS = 4000;
const RECOVERY_CUT_OFF_MS = 6000;
const KEYS = 100;
/**
 * The operations after an outage are divided into this many rounds. Operations of one round wait for the same round trips, so a round
 * counts as one measurement, and one round that other processes delay does not count for half of all operations.
 */
const ROUNDS = 20;
/** Number of concurrent operations where nothing is measured: so few that a slow store does not time out. */
const AT_ONCE = 50;

/**
 * Causes an outage of a cache and measures it. Uses its own keys. Resolves when the fault has ended and every operation has settled or been
 * given up. Rejects when the store cannot be used before the outage begins.
 */
export async function measureOutage(cache: CacheService, plan: OutagePlan): Promise<OutageMeasures> {
  const clock = startProcessClock();
  try {
    return await new Outage(cache, plan, clock).run();
  } finally {
    clock.stop();
  }
}

class Outage {
  readonly #cache: CacheService;
  readonly #plan: OutagePlan;
  readonly #clock: ProcessClock;
  readonly #tallies = { operations: 0, unsettled: 0, rejected: 0, longestMs: 0, staleReads: 0, wrongReads: 0, hits: 0 };
  readonly #laterMs: number[] = [];
  readonly #pending = new Set<Promise<void>>();
  /** Keys with a write that has settled since the outage began. */
  readonly #written = new Set<string>();
  #beganAtMs = Infinity;
  #next = 0;

  constructor(cache: CacheService, plan: OutagePlan, clock: ProcessClock) {
    this.#cache = cache;
    this.#plan = plan;
    this.#clock = clock;
  }

  async run(): Promise<OutageMeasures> {
    await this.#fill();
    this.#beganAtMs = this.#clock.now();
    const endsAtMs = performance.now() + this.#plan.lengthMs;
    await this.#plan.fault.begin();
    this.#issue(this.#plan.inFlight);
    while (performance.now() < endsAtMs) {
      await sleep(100);
      this.#issue(20);
    }
    await this.#plan.fault.end();
    const endedAtMs = this.#clock.now();
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

  /** Gives every key its old value, and reads it back. */
  async #fill(): Promise<void> {
    const keys = Array.from({ length: KEYS }, (_, index) => [
      `read-${index}`,
      `set-${index}`,
      `delete-${index}`,
    ]).flat();
    const deadlineMs = performance.now() + RECOVERY_CUT_OFF_MS;
    for (;;) {
      await inParts(keys, key => this.#cache.set(key, oldValueOf(key), { ttl: ENTRY_TTL_MS }));
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
        void this.#write(`set-${number}`, key => this.#cache.set(key, `new ${key}`, { ttl: ENTRY_TTL_MS }));
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
    const startedAtMs = this.#clock.now();
    this.#tallies.operations++;
    const isLater = startedAtMs - this.#beganAtMs > 1000;
    const settled = operation().then(
      () => {},
      () => void this.#tallies.rejected++,
    );
    const pending = orGiveUp(settled, () => void this.#tallies.unsettled++).then(() => {
      const tookMs = this.#clock.now() - startedAtMs;
      this.#tallies.longestMs = Math.max(this.#tallies.longestMs, tookMs);
      if (isLater) this.#laterMs.push(tookMs);
      this.#pending.delete(pending);
    });
    this.#pending.add(pending);
    return pending;
  }

  /** Time at which a newly set value can be read. Old values do not count, as the store may have lost its entries. */
  async #recover(endedAtMs: number): Promise<number | undefined> {
    for (let count = 0; this.#clock.now() - endedAtMs < RECOVERY_CUT_OFF_MS; count++) {
      const value = await orGiveUp(this.#setAndGet(`recovered-${count}`), () => {});
      if (value === 'back') return this.#clock.now();
      await sleep(10);
    }
    return undefined;
  }

  async #setAndGet(key: string): Promise<unknown> {
    try {
      await this.#cache.set(key, 'back', { ttl: ENTRY_TTL_MS });
      return await this.#cache.get(key);
    } catch {
      // Rejections are counted elsewhere; here one only means that the store is not back.
      return undefined;
    }
  }

  async #inRounds(operation: (key: string) => Promise<void>): Promise<void> {
    const keys = [...this.#written];
    await inParts(keys, operation, Math.min(AT_ONCE, Math.ceil(keys.length / ROUNDS)));
  }

  async #readWritten(outdated: readonly string[]): Promise<void> {
    await this.#inRounds(key => this.#read(key, outdated));
  }

  /** Finds writes from the outage that arrive late: they would replace the values that are set here. */
  async #overwrite(): Promise<void> {
    await this.#inRounds(key => this.#write(key, () => this.#cache.set(key, `after ${key}`, { ttl: ENTRY_TTL_MS })));
    await sleep(500);
    await this.#readWritten(['old', 'new']);
  }
}

async function inParts<T>(
  keys: readonly string[],
  operation: (key: string) => Promise<T>,
  atOnce = AT_ONCE,
): Promise<T[]> {
  const results: T[] = [];
  for (let start = 0; start < keys.length; start += atOnce) {
    results.push(...(await Promise.all(keys.slice(start, start + atOnce).map(operation))));
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

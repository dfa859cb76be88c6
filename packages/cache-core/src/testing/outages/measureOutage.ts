import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CacheService } from '../../contract/cacheService';
import { startProcessClock } from '../harness/startProcessClock';
import type { ProcessClock } from '../harness/startProcessClock';
import { ENTRY_TTL_MS } from './limits';

/** A fault that can be switched on and off. */
export interface Fault {
  /** Resolves when the fault is there. */
  begin(): Promise<void> | void;
  /** Resolves when the fault is gone. */
  end(): Promise<void> | void;
}

/** The course of an outage. */
export interface OutagePlan {
  /** The fault that causes it. */
  readonly fault: Fault;
  /** How long the fault lasts, in ms. */
  readonly lengthMs: number;
  /** Operations that are issued at once when the fault begins; later 20 are issued every 100 ms. */
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
  /** Longest time that an operation took, in ms, before, during and after the outage; at most 4 s are waited. */
  readonly longestMs: number;
  /** Median time, in ms, of the operations that were issued more than 1 s into the outage; 0 without any. */
  readonly medianLaterMs: number;
  /** Gets that returned a value although a later set or delete of the key had settled before. */
  readonly staleReads: number;
  /** Gets that returned what nobody had set under the key. */
  readonly wrongReads: number;
  /** Gets that returned the value from before the outage, of a key that was not written meanwhile. */
  readonly hits: number;
  /** Time, in ms, from the end of the fault to the first set value that came back; `undefined` when none did within 6 s. */
  readonly recoveredAfterMs: number | undefined;
  /** The same time from the beginning of the fault. */
  readonly usableAfterMs: number | undefined;
  /** Keys that were overwritten or deleted during the outage; their values from before must be gone. */
  readonly writtenKeys: readonly string[];
}

/** The value of a key before the outage. */
export function oldValueOf(key: string): string {
  return `old ${key}`;
}

/** Longest time that an operation is waited for. */
const CUT_OFF_MS = 4000;
const RECOVERY_CUT_OFF_MS = 6000;
const KEYS = 100;
/**
 * Into so many rounds what follows an outage is divided: operations of a round wait for the same round trips, so that a round is one
 * measurement, of which one that others hold up does not count for half of them.
 */
const ROUNDS = 20;
/** Concurrent operations where nothing is measured, so few that a slow store does not time out. */
const AT_ONCE = 50;

/**
 * Puts a cache through an outage and measures it. Uses its own keys. Resolves when the fault has ended and every operation has
 * settled or been given up. Rejects when the store cannot be used before the outage begins.
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
  /** Keys of which a write has settled since the outage began. */
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

  /** Time of the first value that comes back. It is a new one: the store may have lost its entries. */
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

  /** Finds writes of the outage that arrive late: they would replace the values that are written here. */
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

import assert from 'node:assert/strict';
import type { ExtendedCache, GetOrSetOptions } from '../../contract/extendedCache';
import type { Flights } from '../flights';
import { happenAll, turn, withSchedule } from './schedule';
import type { Schedule } from './schedule';

/** The cache of a plugin in one of several processes. Its store acts only when the schedule says so. */
export interface ProcessUnderTest {
  readonly cache: ExtendedCache;
  readonly flights: Flights;
}

const keys = ['a', 'b'] as const;
type Key = (typeof keys)[number];

const STEPS = 60;
const TTL_MS = 50;
const STALE_TTL_MS = 120;
/** Deadline of an operation; a schedule takes less time. */
export const DEADLINE_MS = 5000;

/**
 * Runs one schedule of loads with `acrossProcesses` in several processes. Loads end, fail, take too long and are abandoned, while entries
 * expire. The store loses nothing and no lease expires, so no two loads of a key may run at the same time, and none may begin while there
 * is a fresh value from another load. Throws when that does not hold.
 */
export async function exploreProcesses(
  seed: number,
  open: (schedule: Schedule) => readonly ProcessUnderTest[],
): Promise<void> {
  await withSchedule(seed, schedule => new ProcessWorld(schedule, open(schedule)).run());
}

class ProcessWorld {
  readonly #schedule: Schedule;
  readonly #processes: readonly ProcessUnderTest[];
  readonly #calls = new Set<Promise<void>>();
  readonly #aborts: AbortController[] = [];
  readonly #running: Record<Key, Set<{ readonly name: string; readonly signal: AbortSignal }>> = {
    a: new Set(),
    b: new Set(),
  };
  /** Until when the latest loaded value of each key is fresh. */
  readonly #freshUntilMs = { a: 0, b: 0 };
  #failure: unknown;
  #number = 0;

  constructor(schedule: Schedule, processes: readonly ProcessUnderTest[]) {
    this.#schedule = schedule;
    this.#processes = processes;
  }

  async run(): Promise<void> {
    for (let step = 0; step < STEPS; step++) {
      this.#act();
      await turn();
      if (this.#failure) throw this.#failure as Error;
    }
    await this.#settle();
    for (const { flights } of this.#processes) assert.equal(flights.size, 0, 'flights are left');
    // Timers of deadlines may still be pending; they fire without effect.
    jest.advanceTimersByTime(DEADLINE_MS);
    for (let turns = 0; turns < 3; turns++) await turn();
    assert.equal(jest.getTimerCount(), 0, 'timers are left');
  }

  async #settle(): Promise<void> {
    await happenAll(this.#schedule, 100);
    if (this.#failure) throw this.#failure as Error;
    assert.equal(this.#calls.size, 0, 'calls have not settled');
  }

  #act(): void {
    const schedule = this.#schedule;
    const happen = () => schedule.happen();
    schedule.pick<() => unknown>([
      ...[happen, happen, happen, happen, happen],
      () => this.#getOrSet(schedule.pick(keys)),
      () => this.#getOrSet(schedule.pick(keys)),
      () => this.#getOrSetMany(),
      () => this.#abort(),
      () => jest.advanceTimersByTime(schedule.next(TTL_MS)),
    ])();
  }

  #getOrSet(key: Key): void {
    const [name, options] = this.#start(`getOrSet ${key}`);
    const load = async ({ signal }: { readonly signal: AbortSignal }) => this.#load(key, name, signal);
    this.#track(this.#pickProcess().getOrSet<never>(key, load as never, options), options);
  }

  #getOrSetMany(): void {
    const [name, options] = this.#start('getOrSetMany');
    const load = async (missing: readonly string[], { signal }: { readonly signal: AbortSignal }) => {
      const values = await Promise.allSettled(missing.map(key => this.#load(key as Key, name, signal)));
      if (values.some(({ status }) => status === 'rejected')) throw new LoadFailure(name);
      const loaded = missing.map((key, index) => [key, (values[index] as { readonly value?: string }).value] as const);
      for (const [key, value] of loaded) if (value !== undefined) this.#loaded(key as Key, signal);
      return new Map(loaded.filter(([, value]) => value !== undefined)) as never;
    };
    this.#track(this.#pickProcess().getOrSetMany<never>(keys, load, options), options);
  }

  #start(what: string): readonly [string, GetOrSetOptions] {
    const name = `call ${++this.#number}: ${what}`;
    this.#schedule.trace.push(name);
    const { signal } = this.#pushAbort();
    const chance = (probability: number) => this.#schedule.chance(probability);
    const options: GetOrSetOptions = {
      acrossProcesses: true,
      ttl: TTL_MS,
      staleTtl: STALE_TTL_MS,
      ...(chance(0.3) && { softTimeout: 20 }),
      ...(chance(0.4) && { signal }),
    };
    return [name, options];
  }

  #pickProcess(): ExtendedCache {
    const index = this.#schedule.next(this.#processes.length);
    this.#schedule.trace.push(`  in process ${index}`);
    return (this.#processes[index] as ProcessUnderTest).cache;
  }

  #pushAbort(): AbortController {
    const controller = new AbortController();
    this.#aborts.push(controller);
    return controller;
  }

  #abort(): void {
    const [chosen] = this.#aborts.splice(this.#schedule.next(this.#aborts.length), 1);
    chosen?.abort(new Error('the caller is aborted'));
  }

  async #load(key: Key, call: string, signal: AbortSignal): Promise<string | undefined> {
    const name = `load ${++this.#number} of ${key}, for ${call}`;
    this.#schedule.trace.push(name);
    for (const other of this.#running[key]) {
      if (!other.signal.aborted) this.#fail(new Error(`${name} runs beside ${other.name}`));
    }
    if (Date.now() < this.#freshUntilMs[key]) this.#fail(new Error(`${name} begins, where there is a fresh value`));
    const running = { name, signal };
    this.#running[key].add(running);
    const outcome = this.#schedule.pick(['value', 'value', 'undefined', 'fail'] as const);
    return this.#schedule.later(`${name} ends with ${outcome}`, () => {
      this.#running[key].delete(running);
      if (outcome === 'fail') throw new LoadFailure(name);
      if (outcome === 'undefined') return undefined;
      if (!call.includes('Many')) this.#loaded(key, signal);
      return name;
    });
  }

  #loaded(key: Key, signal: AbortSignal): void {
    if (!signal.aborted) this.#freshUntilMs[key] = Date.now() + TTL_MS;
  }

  #track(call: Promise<unknown>, { signal }: GetOrSetOptions): void {
    const tracked: Promise<void> = call
      .then(
        () => {},
        (error: unknown) => {
          if (error instanceof LoadFailure || (signal?.aborted && error === signal.reason)) return;
          this.#fail(error);
        },
      )
      .finally(() => this.#calls.delete(tracked));
    this.#calls.add(tracked);
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
  }
}

class LoadFailure extends Error {}

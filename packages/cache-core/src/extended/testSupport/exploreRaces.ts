import assert from 'node:assert/strict';
import type { ExtendedCache, GetOrSetOptions, LoadContext } from '../../contract/extendedCache';
import type { Flights } from '../flights';
import { happenAll, turn, withSchedule } from './schedule';
import type { Schedule } from './schedule';

/** An extended cache whose store acts only when the schedule says so. */
export interface RaceTarget {
  readonly cache: ExtendedCache;
  readonly flights: Flights;
  /** What else may happen, such as an outage. */
  readonly actions?: readonly (() => void)[];
  /** Ends what `actions` has begun. */
  readonly calm?: () => void;
  readonly canClear: boolean;
  /** Whether writes may fail: then a loaded value may be gone when its call has ended. */
  readonly losesWrites: boolean;
}

type Version = {
  /** Version of the source, which increases with each change of the source. */
  readonly version: number;
  /** When its life in the cache ends at the latest. */
  readonly untilMs: number;
};

const keys = ['a', 'b'] as const;
type Key = (typeof keys)[number];

const STEPS = 40;
const TTL_MS = 50;
const STALE_TTL_MS = 120;

/**
 * Runs one schedule of loads, sets, deletes, aborts and expiries on two keys, with the clock of fake timers. The model: a source
 * with a version, from which loads read when they begin. The plugin changes the source and then sets or deletes the key. Throws when
 * the cache breaks a promise.
 */
export async function exploreRaces(seed: number, open: (schedule: Schedule) => RaceTarget): Promise<void> {
  await withSchedule(seed, schedule => new World(schedule, open(schedule)).run());
}

class World {
  readonly #schedule: Schedule;
  readonly #target: RaceTarget;
  readonly #played: number;
  readonly #actions: readonly ((key: Key) => unknown)[];
  /** The versions that keepStale has stored again. */
  readonly #kept = { a: new Set<number | undefined>(), b: new Set<number | undefined>() };
  readonly #source = { a: 1, b: 1 };
  /** The oldest version that a call may get if it begins now. */
  readonly #oldest = { a: 0, b: 0 };
  readonly #calls = new Set<Promise<void>>();
  readonly #aborts: { readonly name: string; readonly controller: AbortController }[] = [];
  readonly #loads = { a: new Set<Load>(), b: new Set<Load>() };
  /** Counts the changes and the forced loads of each key. */
  readonly #epochs = { a: 0, b: 0 };
  #failure: unknown;
  #number = 0;

  constructor(schedule: Schedule, target: RaceTarget) {
    this.#schedule = schedule;
    this.#target = target;
    this.#played = schedule.next(2 ** 30);
    this.#actions = this.#toActions();
  }

  async run(): Promise<void> {
    for (let step = 0; step < STEPS; step++) {
      this.#act();
      await turn();
      if (this.#failure) throw this.#failure as Error;
    }
    this.#target.calm?.();
    await this.#settle();
    for (const key of keys) this.#get(key);
    await this.#settle();
    assert.equal(this.#target.flights.size, 0, 'flights are left');
  }

  /** Lets all pending steps happen. */
  async #settle(): Promise<void> {
    await happenAll(this.#schedule, 1000);
    if (this.#failure) throw this.#failure as Error;
    assert.equal(this.#calls.size, 0, 'calls have not settled');
  }

  #act(): void {
    const schedule = this.#schedule;
    const key = this.#isPlayed(29) ? schedule.pick(keys) : keys[0];
    schedule.pick(this.#actions)(key);
  }

  /**
   * The possible actions of this schedule. Each schedule leaves out about half of them, and about half of the schedules use only one key,
   * as some races need many actions of a few kinds.
   */
  #toActions(): readonly ((key: Key) => unknown)[] {
    const schedule = this.#schedule;
    const actions: readonly ((key: Key) => unknown)[] = [
      ...Array.from({ length: 4 }, () => () => schedule.happen()),
      key => this.#getOrSet(key),
      key => this.#getOrSet(key),
      () => this.#getOrSetMany(),
      key => this.#get(key),
      key => this.#change(key, 'set'),
      key => this.#change(key, 'delete'),
      key => this.#source[key]++,
      () => this.#abort(),
      () => jest.advanceTimersByTime(schedule.next(TTL_MS)),
      ...(this.#target.canClear ? [() => this.#clear()] : []),
      ...(this.#target.actions ?? []),
    ];
    return actions.filter((_, index) => index < 4 || this.#isPlayed(index));
  }

  #isPlayed(index: number): boolean {
    return ((this.#played >> index) & 1) === 1;
  }

  #getOrSet(key: Key): void {
    const options = this.#toOptions();
    if (options.forceFresh) this.#epochs[key]++;
    const call = this.#start(key, `getOrSet${options.forceFresh ? ' forced' : ''}`);
    const epoch = this.#epochs[key];
    const load = async (context: LoadContext) => this.#load(key, epoch, context.signal, context);
    call.end(this.#target.cache.getOrSet<never>(key, load as never, options), options);
  }

  #getOrSetMany(): void {
    const options = this.#toOptions();
    const calls = keys.map(key => this.#start(key, 'getOrSetMany'));
    if (options.forceFresh) keys.forEach(key => this.#epochs[key]++);
    const epochs = { ...this.#epochs };
    const load = async (missing: readonly string[], { signal }: { readonly signal: AbortSignal }) => {
      // Waits for all keys: a failed load must have ended for all of them.
      const values = await Promise.allSettled(missing.map(key => this.#load(key as Key, epochs[key as Key], signal)));
      const failure = values.find(({ status }) => status === 'rejected');
      if (failure?.status === 'rejected') throw failure.reason;
      const loaded = values.map(
        (value, index) => [missing[index], value.status === 'fulfilled' && value.value] as const,
      );
      const untilMs = Date.now() + STALE_TTL_MS;
      const found = loaded.filter(([, value]) => value !== undefined);
      return new Map(found.map(([key, value]) => [key, value && { ...value, untilMs }])) as never;
    };
    const found = this.#target.cache.getOrSetMany<never>(keys, load, options);
    keys.forEach((key, index) =>
      calls[index]?.end(
        found.then(values => values.get(key)),
        options,
      ),
    );
  }

  #get(key: Key): void {
    const options = this.#schedule.chance(0.3) ? { frozen: true } : {};
    this.#start(key, 'get').end(this.#target.cache.get<never>(key, options), options);
  }

  #change(key: Key, method: 'set' | 'delete'): void {
    const version = ++this.#source[key];
    const name = this.#log(`${method} ${key}, version ${version}`);
    this.#epochs[key]++;
    // Its end is unknown here: the store counts the ttl from when the set takes effect.
    const value: Version = { version, untilMs: Number.MAX_SAFE_INTEGER };
    const { cache } = this.#target;
    const changed = method === 'set' ? cache.set(key, value, { ttl: TTL_MS }) : cache.delete(key);
    this.#track(
      changed.then(() => {
        this.#log(`${name} is done`);
        this.#oldest[key] = Math.max(this.#oldest[key], version);
      }),
    );
  }

  #clear(): void {
    const versions = keys.map(key => ++this.#source[key]);
    const name = this.#log(`clear, versions ${versions.join(' and ')}`);
    keys.forEach(key => this.#epochs[key]++);
    const cleared = this.#target.cache.clear();
    this.#track(
      cleared.then(() => {
        this.#log(`${name} is done`);
        // Calls that began during the clear count as detached, too.
        keys.forEach(key => this.#epochs[key]++);
        keys.forEach((key, index) => (this.#oldest[key] = Math.max(this.#oldest[key], versions[index] as number)));
      }),
    );
  }

  #abort(): void {
    const [chosen] = this.#aborts.splice(this.#schedule.next(this.#aborts.length), 1);
    if (!chosen) return;
    this.#log(`abort ${chosen.name}`);
    chosen.controller.abort(new Error(`abort of ${chosen.name}`));
  }

  #toOptions(): GetOrSetOptions<boolean> {
    const chance = (probability: number) => this.#schedule.chance(probability);
    return {
      ttl: TTL_MS,
      staleTtl: STALE_TTL_MS,
      ...(chance(0.2) && { forceFresh: true }),
      ...(chance(0.5) && { softTimeout: 20 }),
      ...(chance(0.2) && { hardTimeout: 30 }),
      ...(chance(0.3) && { frozen: true }),
      ...(chance(0.4) && { signal: this.#toSignal() }),
    };
  }

  #toSignal(): AbortSignal {
    const controller = new AbortController();
    this.#aborts.push({ name: `call ${this.#number + 1}`, controller });
    return controller.signal;
  }

  /** A load of one key, which ends when the schedule says so. */
  async #load(
    key: Key,
    epoch: number,
    signal: AbortSignal,
    context?: LoadContext,
  ): Promise<Version | null | undefined> {
    const version = this.#source[key];
    const name = `load ${++this.#number} of ${key}, version ${version}`;
    this.#log(name);
    for (const other of this.#loads[key]) {
      if (other.epoch === epoch && !other.signal.aborted) this.#fail(new Error(`${name} runs beside ${other.name}`));
    }
    const running: Load = { name, signal, epoch };
    this.#loads[key].add(running);
    const outcome = this.#schedule.pick(['value', 'value', 'value', 'keep', 'undefined', 'null', 'fail'] as const);
    return this.#schedule.later(`${name} ends with ${outcome}`, () => {
      this.#loads[key].delete(running);
      if (outcome === 'fail' || (signal.aborted && this.#schedule.chance(0.5))) throw new LoadFailure(name);
      if (outcome === 'keep' && context?.stale) {
        // The value gets a new life, so its own `untilMs` no longer applies.
        this.#kept[key].add((context.stale.value as Version | null)?.version);
        return context.keepStale();
      }
      if (outcome === 'undefined') return undefined;
      return outcome === 'null' ? null : { version, untilMs: Date.now() + STALE_TTL_MS };
    });
  }

  #start(key: Key, what: string) {
    const name = this.#log(`call ${++this.#number}: ${what} ${key}`);
    const [oldest, epoch, startedAtMs] = [this.#oldest[key], this.#epochs[key], Date.now()];
    const check = (value: Version | null | undefined) => {
      this.#log(`${name} gives ${JSON.stringify(value)}`);
      if (!value) return;
      assert.ok(value.version >= oldest, `${name} gives version ${value.version}, older than ${oldest}`);
      const isOver = value.untilMs <= startedAtMs && !this.#kept[key].has(value.version);
      assert.ok(!isOver, `${name} gives a value whose life was over`);
      // Unless this call was detached, later calls must not get an older version than it did.
      const isDetached = this.#epochs[key] !== epoch;
      const isLost = this.#target.losesWrites && what !== 'getOrSet forced';
      if (!isDetached && !isLost) this.#oldest[key] = Math.max(this.#oldest[key], value.version);
    };
    const end = (result: Promise<unknown>, { signal, frozen = false }: GetOrSetOptions<boolean>) =>
      this.#track(
        result.then(
          value => {
            if (value) assert.equal(Object.isFrozen(value), frozen, `${name} gives a value of the wrong kind`);
            check(value as Version | undefined);
          },
          (error: unknown) => {
            this.#log(`${name} rejects with ${String((error as Error).message)}`);
            if (signal?.aborted && error === signal.reason) return;
            if (error instanceof LoadFailure || (error as { code?: unknown }).code === 'CACHE_LOAD_TIMEOUT') return;
            throw error;
          },
        ),
      );
    return { end };
  }

  #track(call: Promise<void>): void {
    const tracked = call.catch((error: unknown) => this.#fail(error)).finally(() => this.#calls.delete(tracked));
    this.#calls.add(tracked);
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
  }

  #log(line: string): string {
    this.#schedule.trace.push(line);
    return line;
  }
}

interface Load {
  readonly name: string;
  readonly signal: AbortSignal;
  /** Loads of calls from before and after a change of the key may run at the same time. */
  readonly epoch: number;
}

class LoadFailure extends Error {}

import assert from 'node:assert/strict';
import type { CacheManager } from '../../cacheManager';
import { CacheError } from '../../contract/cacheError';
import type { CacheDriverDefinition } from '../../contract/driver';
import type { ExtendedCache } from '../../contract/extendedCache';
import type { CacheObserver } from '../../contract/observer';
import { extendCache } from '../../extended/extendCache';
import { turn, withSchedule } from '../../extended/testSupport/schedule';
import type { Schedule } from '../../extended/testSupport/schedule';
import type { Awaitable } from '../../contract/awaitable';
import type { Entry } from '../../values/entry';
import { withFreshness, withHeader } from '../../values/entryHeader';
import { withClocks } from './clocks';
import type { Clocks } from './clocks';
import { assertPromises, createKeyHistory, oldestChangeOf } from './nearPromises';
import type { KeyHistory } from './nearPromises';
import { createScheduledDriver } from './scheduledDriver';
import type { Connection } from './scheduledDriver';
import { createVersionStore } from './versionStore';
import type { VersionStore } from './versionStore';

/** A process under test: a manager, and calls of its guard that no plugin can make. */
interface OpenedProcess {
  readonly manager: CacheManager;
  /** As `getEntry` of the guard. */
  getEntry(pluginId: PluginId, storedKey: string): Awaitable<Entry | undefined>;
  /** As `pollEntry` of the guard. */
  pollEntry(pluginId: PluginId, storedKey: string): Promise<Entry | 'away' | undefined>;
}

export type OpenProcess = (driver: CacheDriverDefinition, observer: CacheObserver) => OpenedProcess;

/** Counts of what has been explored, so that a test can check that there was enough. */
export interface Explored {
  reads: number;
  near: number;
  writes: number;
}

export const MAX_BYTES = 64 * 1024;
/** By plugin; `three` has no near cache. */
export const maxStalenessMs = { one: 400, two: 150, three: 0 } as const;
export type PluginId = keyof typeof maxStalenessMs;

interface Place {
  readonly pluginId: PluginId;
  readonly namespace?: string;
  readonly key: string;
  readonly storedKey: string;
}
const places: readonly Place[] = [
  { pluginId: 'one', key: 'a', storedKey: 'one:a' },
  { pluginId: 'one', key: 'b', storedKey: 'one:b' },
  { pluginId: 'one', namespace: 'n', key: 'a', storedKey: 'one:!nn!a' },
  { pluginId: 'two', key: 'a', storedKey: 'two:a' },
  { pluginId: 'three', key: 'a', storedKey: 'three:a' },
];

const STEPS = 50;
/** Two of these values exceed MAX_BYTES. */
const LARGE = 'x'.repeat(40_000);

interface ReadKind {
  readonly isOfEntry?: boolean;
  /** A copy must not answer the read. */
  readonly asksStore?: boolean;
}

interface Process extends OpenedProcess {
  readonly connection: Connection;
  readonly histories: ReadonlyMap<string, KeyHistory>;
  readonly caches: Readonly<Record<PluginId, ExtendedCache>>;
  isClosed: boolean;
  isAway: boolean;
  nearHits: number;
  /** Result of the latest `get` that the observer was told of. */
  told: string | undefined;
}

type Action = (process: Process, place: Place) => unknown;

/**
 * Runs one schedule: processes that read, write, clear and close, a foreign writer, all kinds of losses, and clock jumps. Throws when the
 * near cache breaks a promise.
 */
export async function exploreNear(seed: number, open: OpenProcess, explored: Explored): Promise<void> {
  await withSchedule(seed, schedule =>
    withClocks(async clocks => {
      const { random } = Math;
      Math.random = () => schedule.next(1000) / 1000;
      try {
        await new NearWorld(schedule, clocks, open, explored).run();
      } finally {
        Math.random = random;
      }
    }),
  );
}

class NearWorld {
  readonly #schedule: Schedule;
  readonly #clocks: Clocks;
  readonly #explored: Explored;
  readonly #store: VersionStore;
  readonly #processes: readonly Process[];
  readonly #played: number;
  readonly #actions: readonly Action[];
  readonly #calls = new Set<Promise<void>>();
  readonly #verifiesEntries: boolean;
  /** Whether the machine is suspended; otherwise its wall clock is set. Never both: a wall clock that is set back hides a suspension. */
  readonly #isSuspended: boolean;
  readonly #isFaulty: boolean;
  /** Whether values are so large that copies are evicted. */
  readonly #isLarge: boolean;
  #hasFrozenReads = false;
  #isCalm = false;
  #failure: unknown;
  #version = 0;
  #number = 0;

  constructor(schedule: Schedule, clocks: Clocks, open: OpenProcess, explored: Explored) {
    this.#schedule = schedule;
    this.#clocks = clocks;
    this.#explored = explored;
    this.#store = createVersionStore(() => clocks.trueMs);
    this.#verifiesEntries = schedule.chance(0.3);
    this.#isSuspended = schedule.chance(0.5);
    this.#isFaulty = schedule.chance(0.6);
    this.#isLarge = schedule.chance(0.1);
    const traits = {
      verifiesEntries: this.#verifiesEntries,
      hasGetMany: schedule.chance(0.5),
      ordersReplies: schedule.chance(0.5),
      isCalm: () => this.#isCalm || !this.#isFaulty,
    };
    this.#processes = ['first', 'second'].map(name => {
      const connection: Connection = { name, calling: undefined, host: undefined };
      return this.#open(connection, open, createScheduledDriver(connection, this.#store, schedule, traits));
    });
    this.#played = schedule.next(2 ** 30) & schedule.next(2 ** 30);
    this.#actions = this.#toActions();
  }

  async run(): Promise<void> {
    for (let step = 0; step < STEPS; step++) {
      this.#act();
      await this.#check();
    }
    await this.#calm();
    for (const process of this.#processes) await this.#endWith(process);
  }

  #open(connection: Connection, open: OpenProcess, driver: CacheDriverDefinition): Process {
    const observer: CacheObserver = {
      onOperation: ({ operation, result }) => {
        if (operation !== 'get') return;
        process.told = result;
        if (result === 'near') process.nearHits++;
      },
    };
    const opened = open(driver, observer);
    const extend = (pluginId: PluginId) => extendCache(opened.manager.forPlugin(pluginId));
    const process: Process = {
      ...opened,
      connection,
      histories: new Map(places.map(({ storedKey }) => [storedKey, createKeyHistory(storedKey)])),
      caches: { one: extend('one'), two: extend('two'), three: extend('three') },
      isClosed: false,
      isAway: false,
      nearHits: 0,
      told: undefined,
    };
    return process;
  }

  async #check(): Promise<void> {
    await turn();
    if (this.#failure) throw this.#failure as Error;
    for (const { manager, connection, nearHits } of this.#processes) {
      const figures = manager.nearFigures();
      assert.ok(figures);
      const { bytes, entries, hits, fills, drops } = figures;
      assert.ok(bytes <= MAX_BYTES, `the copies of the ${connection.name} process take ${bytes} bytes`);
      assert.equal(hits, nearHits, `hits of the ${connection.name} process`);
      const dropped = drops.written + drops.cleared + drops.aged + drops.evicted;
      // Not with frozen reads, whose copies are kept in the same place.
      if (!this.#hasFrozenReads)
        assert.equal(entries, fills - dropped, `fills and drops of the ${connection.name} process`);
    }
  }

  #act(): void {
    const schedule = this.#schedule;
    const process = this.#isPlayed(26) ? schedule.pick(this.#processes) : (this.#processes[0] as Process);
    const place = this.#isPlayed(28) ? schedule.pick(places) : (places[this.#isPlayed(27) ? 0 : 3] as Place);
    schedule.pick(this.#actions)(process, place);
  }

  /**
   * The possible actions of this schedule. Each schedule leaves out about three quarters of the later ones, as some races need many actions
   * of a few kinds.
   */
  #toActions(): readonly Action[] {
    const [schedule, clocks] = [this.#schedule, this.#clocks];
    const actions: readonly Action[] = [
      ...Array.from({ length: 9 }, () => () => schedule.happen()),
      (process, place) => this.#read(process, place),
      (process, place) => this.#read(process, place),
      (process, place) => this.#read(process, place),
      () => clocks.advance(schedule.next(60)),
      (_, place) => this.#foreign(place),
      (process, place) => this.#set(process, place),
      (process, place) => this.#set(process, place),
      (process, place) => this.#delete(process, place),
      (process, place) => this.#readFrozen(process, place),
      (process, place) => this.#readEntry(process, place),
      (process, place) => this.#poll(process, place),
      (_, place) => this.#foreign(place),
      (process, place) => this.#clear(process, place),
      (process, place) => this.#clearAsOperator(process, place),
      () => this.#log(`block`) && clocks.advance(300 + schedule.next(600)),
      () => this.#jump(),
      () => this.#jump(),
      process => this.#setAway(process, !process.isAway),
      process => schedule.chance(0.1) && this.#close(process),
    ];
    return actions.filter((_, index) => index < 14 || this.#isPlayed(index));
  }

  #isPlayed(index: number): boolean {
    return ((this.#played >> index) & 1) === 1;
  }

  #read(process: Process, place: Place): void {
    this.#ask(process, place, 'get', {}, () => this.#cacheOf(process, place).get(place.key));
  }

  #readFrozen(process: Process, place: Place): void {
    this.#hasFrozenReads = true;
    this.#ask(process, place, 'get frozen', {}, () => this.#cacheOf(process, place).get(place.key, { frozen: true }));
  }

  #readEntry(process: Process, place: Place): void {
    this.#ask(process, place, 'get entry', { isOfEntry: true }, async () => {
      const entry = await process.getEntry(place.pluginId, place.storedKey);
      return entry?.value.take();
    });
  }

  #poll(process: Process, place: Place): void {
    this.#ask(process, place, 'poll', { isOfEntry: true, asksStore: true }, async () => {
      const entry = await process.pollEntry(place.pluginId, place.storedKey);
      return entry === 'away' ? undefined : entry?.value.take();
    });
  }

  #ask(process: Process, place: Place, what: string, kind: ReadKind, call: () => Promise<unknown>): void {
    const { isOfEntry = false, asksStore = false } = kind;
    const name = this.#log(
      `read ${++this.#number}: ${what} ${place.storedKey} in the ${process.connection.name} process`,
    );
    const history = this.#historyOf(process, place);
    const [oldestChange, oldestNearChange] = [oldestChangeOf(history, false), oldestChangeOf(history, true)];
    const askedMs = this.#clocks.trueMs;
    const { called } = history;
    const { isClosed } = process;
    process.told = undefined;
    const reading = call();
    const isNear = process.told === 'near' && !asksStore;
    this.#explored.reads++;
    if (isNear && !this.#isCalm) this.#explored.near++;
    const read = {
      name,
      askedMs,
      called,
      oldestChange: isNear ? oldestNearChange : oldestChange,
      isNear,
      isClosed,
      isOfEntry,
    };
    this.#track(
      reading.then(value => {
        this.#log(`${name} gives ${isNear ? 'near ' : ''}${toText(value)}`);
        const limitMs = maxStalenessMs[place.pluginId];
        assertPromises(
          value as { readonly version: number } | undefined,
          read,
          history,
          this.#store,
          this.#clocks,
          limitMs,
        );
      }),
    );
  }

  #set(process: Process, place: Place): void {
    const { schedule, version } = { schedule: this.#schedule, version: ++this.#version };
    const ttl = schedule.chance(0.5) ? 1 + schedule.next(500) : undefined;
    const value = { version, ...(this.#isLarge && { LARGE }) };
    const history = this.#historyOf(process, place);
    if (ttl !== undefined) history.ttlSets.set(version, { calledMs: this.#clocks.trueMs, ttlMs: ttl });
    const options = ttl === undefined ? {} : { ttl };
    this.#write(process, place, `set ${place.storedKey} to version ${version} for ${ttl} ms`, cache =>
      cache.set(place.key, value, options),
    );
  }

  #delete(process: Process, place: Place): void {
    this.#write(process, place, `delete ${place.storedKey}`, cache =>
      this.#schedule.chance(0.3) ? cache.set(place.key, 0, { ttl: 0 }) : cache.delete(place.key),
    );
  }

  #write(process: Process, place: Place, what: string, call: (cache: ExtendedCache) => Promise<void>): void {
    const name = this.#log(`write ${++this.#number}: ${what} in the ${process.connection.name} process`);
    this.#explored.writes++;
    const history = this.#historyOf(process, place);
    const called = this.#store.changes + 1;
    const write = (process.connection.calling = {} as NonNullable<Connection['calling']>);
    history.oldestNearChange = Math.max(history.oldestNearChange, called);
    history.writesUnderWay++;
    history.called++;
    const writing = call(this.#cacheOf(process, place));
    process.connection.calling = undefined;
    this.#track(
      writing.then(() => {
        this.#log(`${name} is done${write.isAcknowledged ? '' : ' in vain'}`);
        history.writesUnderWay--;
        const change = (write.isAcknowledged && write.change) || called;
        history.oldestChange = Math.max(history.oldestChange, change);
      }),
    );
  }

  /** A write of the foreign writer, or the loss of one or all entries in the store. */
  #foreign(place: Place): void {
    const schedule = this.#schedule;
    const { storedKey } = place;
    const act = schedule.pick(['set', 'set', 'set', 'set for', 'stale', 'delete', 'flush'] as const);
    const version = ++this.#version;
    this.#log(`foreign ${act} ${storedKey}, version ${version}`);
    const json = JSON.stringify({ version });
    const ttlMs = act === 'set for' ? 1 + schedule.next(500) : undefined;
    if (act === 'set' || act === 'set for') {
      const untilMs = ttlMs === undefined ? undefined : Date.now() + ttlMs;
      this.#store.set(storedKey, this.#verifiesEntries ? withHeader(storedKey, json, untilMs) : json, ttlMs);
    } else if (act === 'stale') {
      const freshUntilMs = Date.now() + schedule.next(300);
      const freshness = { freshUntilMs, staleUntilMs: freshUntilMs + schedule.next(300) };
      this.#store.set(storedKey, withFreshness(storedKey, json, freshness), 600);
    } else if (act === 'delete') this.#store.delete(storedKey);
    else for (const key of this.#store.keys()) this.#store.delete(key);
  }

  #clear(process: Process, place: Place): void {
    const name = this.#log(`clear ${++this.#number} of ${place.storedKey} in the ${process.connection.name} process`);
    const isCovered = ({ pluginId, namespace }: Place) =>
      pluginId === place.pluginId && (place.namespace === undefined || namespace === place.namespace);
    const covered = places.filter(isCovered);
    const change = this.#store.changes + 1;
    // For this process, a clear takes effect when it is called.
    this.#cleared(process, covered, change);
    this.#track(
      this.#cacheOf(process, place)
        .clear()
        .then(() => {
          this.#log(`${name} is done`);
          this.#cleared(process, covered, change);
        }),
    );
  }

  #clearAsOperator(process: Process, { pluginId }: Place): void {
    const name = this.#log(
      `clear ${++this.#number} of ${pluginId} by an operator of the ${process.connection.name} process`,
    );
    const change = this.#store.changes + 1;
    const covered = places.filter(place => place.pluginId === pluginId);
    this.#track(
      process.manager.clear(pluginId).then(
        () => {
          this.#log(`${name} is done`);
          this.#cleared(process, covered, change);
        },
        (error: unknown) => {
          this.#log(`${name} fails: ${String(error)}`);
          assert.ok(error instanceof CacheError);
        },
      ),
    );
  }

  #cleared(process: Process, covered: readonly Place[], change: number): void {
    for (const { storedKey } of covered) {
      const history = process.histories.get(storedKey) as KeyHistory;
      history.oldestClearedChange = Math.max(history.oldestClearedChange, change);
      history.oldestNearChange = Math.max(history.oldestNearChange, change);
      history.called++;
    }
  }

  #jump(): void {
    const ms = this.#schedule.next(1000);
    if (this.#isSuspended) {
      this.#log(`suspended for ${ms} ms`);
      this.#clocks.suspend(ms);
    } else {
      const byMs = this.#schedule.chance(0.5) ? ms : -ms;
      this.#log(`the wall clock is set by ${byMs} ms`);
      this.#clocks.setWallClock(byMs);
    }
  }

  #setAway(process: Process, isAway: boolean): void {
    if (process.isClosed) return;
    this.#log(`the store is ${isAway ? 'away from' : 'back for'} the ${process.connection.name} process`);
    process.isAway = isAway;
    if (isAway) process.connection.host?.disconnected(new CacheError('CACHE_UNAVAILABLE', 'Away'));
    else process.connection.host?.connected();
  }

  #close(process: Process): void {
    this.#log(`the ${process.connection.name} process closes`);
    process.isClosed = true;
    this.#track(process.manager.close());
  }

  /** Brings the store back and lets all pending steps happen. */
  async #calm(): Promise<void> {
    this.#log('calm');
    this.#isCalm = true;
    for (const process of this.#processes) this.#setAway(process, false);
    for (let idle = 0; idle < 4; idle++) {
      while (this.#schedule.happen()) {
        idle = 0;
        await this.#check();
      }
      this.#clocks.advance(500);
      await this.#check();
    }
    assert.equal(this.#calls.size, 0, 'calls have not settled');
  }

  /** Checks that a copy answers the second read of a value when nothing else happens, and no read after `close`. */
  async #endWith(process: Process): Promise<void> {
    const place = this.#schedule.pick(places.filter(({ pluginId }) => pluginId !== 'three'));
    const { storedKey } = place;
    const json = JSON.stringify({ version: ++this.#version });
    this.#store.set(storedKey, this.#verifiesEntries ? withHeader(storedKey, json, undefined) : json);
    for (const isNear of process.isClosed ? [] : [false, true]) {
      this.#read(process, place);
      const { told } = process;
      await this.#check();
      while (this.#schedule.happen()) await this.#check();
      assert.equal(told === 'near', isNear, `in quiet times ${storedKey} is ${isNear ? 'not near' : 'near too early'}`);
    }
    this.#close(process);
    this.#read(process, place);
    await this.#check();
  }

  #cacheOf({ caches }: Process, { pluginId, namespace }: Place): ExtendedCache {
    const cache = caches[pluginId];
    return namespace === undefined ? cache : cache.namespace(namespace);
  }

  #historyOf({ histories }: Process, { storedKey }: Place): KeyHistory {
    return histories.get(storedKey) as KeyHistory;
  }

  #track(call: Promise<void>): void {
    const tracked = call
      .catch((error: unknown) => void (this.#failure ??= error))
      .finally(() => this.#calls.delete(tracked));
    this.#calls.add(tracked);
  }

  #log(line: string): string {
    this.#schedule.trace.push(`${this.#clocks.trueMs}: ${line}`);
    return line;
  }
}

function toText(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 40) ?? 'nothing';
}

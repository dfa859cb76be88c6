import { types } from 'node:util';
import type { Awaitable } from '../contract/awaitable';
import type { CacheDriver, DriverHost } from '../contract/driver';
import type { ClearedEntries, ClearOptions, EntryFigures } from '../contract/storedEntry';
import { checkFigures, checkServers, toCleared } from './checkedEntries';
import { toDriverError, toWrongAnswer } from './driverError';
import { attempt, toOwnPromise } from './ownPromise';
import { createRace } from './race';

/** Longest time that a driver may take to close. */
const CLOSE_TIMEOUT_MS = 2000;

/** A driver whose answers have the form that the contract demands, whatever the driver itself returns. */
export interface CheckedDriver {
  /** Never throws. Callers still have to check the text. */
  readonly get: (key: string) => Awaitable<string | undefined>;
  /** Throws what the driver throws synchronously, as `delete` does. */
  set(key: string, text: string, ttlMs: number | undefined): Awaitable<void>;
  readonly delete: (key: string) => Awaitable<void>;
  /** Resolves with as many texts as keys, in an array that is not a proxy. Callers still have to check the texts. */
  readonly getMany?: (keys: readonly string[]) => Promise<readonly (string | undefined)[]>;
  /** Rejects when the driver has not answered with true or false. */
  readonly add?: NonNullable<CacheDriver['add']>;
  /** May reject with anything. */
  readonly clear?: (
    prefix: string,
    wasSetSince: (key: string) => boolean,
    options: ClearOptions,
  ) => Promise<ClearedEntries>;
  /** May throw anything. Callers still have to check its pages. */
  readonly entries?: NonNullable<CacheDriver['entries']>;
  /** Throws a `CacheError` when the driver gives no figures. */
  readonly figuresOf?: (prefix: string) => EntryFigures;
  /** Throws a `CacheError` when the driver gives no list of servers. */
  servers(): readonly string[];
  /** Throws a `CacheError` when the driver gives no count. */
  connections(): number | undefined;
  /** Settles in bounded time. Rejects with a `CacheError`. */
  close(): Promise<void>;
}

/** Creates the driver of a store. */
export function createCheckedDriver(
  store: string,
  host: DriverHost,
  createDriver: (host: DriverHost) => CacheDriver,
): CheckedDriver {
  const driver = createDriver({
    // Drivers may call these without `this`.
    connected: () => host.connected(),
    disconnected: error => host.disconnected(toDriverError(store, 'called disconnected', error)),
  });
  return {
    get: key => attempt(() => driver.get(key)),
    set: (key, text, ttlMs) => toOwnPromise(driver.set(key, text, ttlMs)),
    delete: key => toOwnPromise(driver.delete(key)),
    ...(driver.getMany && { getMany: keys => getMany(store, driver, keys) }),
    ...(driver.add && { add: (key, text, ttlMs) => add(store, driver, key, text, ttlMs) }),
    ...(driver.clear && {
      clear: async (prefix, wasSetSince, options) => toCleared(await driver.clear?.(prefix, wasSetSince, options)),
    }),
    ...(driver.entries && { entries: driver.entries.bind(driver) }),
    ...(driver.figuresOf && {
      figuresOf: prefix =>
        checkFigures(
          store,
          askNow(store, 'figuresOf', () => driver.figuresOf?.(prefix)),
        ),
    }),
    servers: () =>
      driver.servers
        ? checkServers(
            store,
            askNow(store, 'servers', () => driver.servers?.()),
          )
        : [],
    connections: () => countConnections(store, driver),
    close: () => close(store, driver),
  };
}

async function getMany(
  store: string,
  driver: CacheDriver,
  keys: readonly string[],
): Promise<readonly (string | undefined)[]> {
  let texts: unknown;
  try {
    texts = await driver.getMany?.(keys);
    if (Array.isArray(texts) && texts.length === keys.length) {
      const list = texts as readonly (string | undefined)[];
      // Copies an array whose items could change between two reads.
      const isPlain = !types.isProxy(list) && list.every(isTextOrAbsent);
      return isPlain ? list : Array.from(list);
    }
  } catch (error) {
    throw toDriverError(store, 'rejected getMany', error);
  }
  throw toWrongAnswer(store, 'resolved getMany', texts, `a list of ${keys.length} texts`);
}

async function add(store: string, driver: CacheDriver, key: string, text: string, ttlMs: number): Promise<boolean> {
  let isAdded: unknown;
  try {
    isAdded = await driver.add?.(key, text, ttlMs);
  } catch (error) {
    throw toDriverError(store, 'rejected add', error);
  }
  if (typeof isAdded === 'boolean') return isAdded;
  throw toWrongAnswer(store, 'resolved add', isAdded, 'true or false');
}

function countConnections(store: string, driver: CacheDriver): number | undefined {
  const count = askNow(store, 'connections', () => driver.connections?.());
  if (count === undefined || (Number.isInteger(count) && Number(count) >= 0)) return count as number | undefined;
  throw toWrongAnswer(store, 'counted connections', count, 'a whole number');
}

/** Calls a method that must answer synchronously. Throws a `CacheError` when the method throws. */
function askNow(store: string, method: string, call: () => unknown): unknown {
  try {
    const answer = call();
    // Callers refuse a promise as an answer. Its rejection must not stay unhandled.
    if (types.isPromise(answer)) answer.catch(() => {});
    return answer;
  } catch (error) {
    throw toDriverError(store, `failed in ${method}`, error);
  }
}

async function close(store: string, driver: CacheDriver): Promise<void> {
  try {
    await createRace(CLOSE_TIMEOUT_MS)(attempt(() => driver.close()));
  } catch (error) {
    throw toDriverError(store, 'failed to close', error);
  }
}

function isTextOrAbsent(text: unknown): boolean {
  return text === undefined || typeof text === 'string';
}

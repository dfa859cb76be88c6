import { CacheError } from '../../contract/cacheError';
import type { CacheDriver, CacheDriverDefinition, DriverHost } from '../../contract/driver';
import type { Schedule } from '../../extended/testSupport/schedule';
import type { VersionStore } from './versionStore';

/** A write of a plugin, from its call on. */
interface WriteUnderWay {
  /** The change of the store that it has made. */
  change?: number;
  /** The store has acknowledged it. */
  isAcknowledged?: true;
}

/** The connection of one process to the store. */
export interface Connection {
  readonly name: string;
  /** The write that a plugin is calling right now. */
  calling: WriteUnderWay | undefined;
  host: DriverHost | undefined;
}

/** Properties that the connections of one schedule share. */
export interface ConnectionTraits {
  readonly verifiesEntries: boolean;
  readonly hasGetMany: boolean;
  /** Replies come in the order of the commands. */
  readonly ordersReplies: boolean;
  /** Whether nothing fails now, as at the end of a schedule. */
  readonly isCalm: () => boolean;
}

const writeErrors = ['CACHE_UNAVAILABLE', 'CACHE_REFUSED', 'CACHE_FULL', 'CACHE_TOO_LARGE', 'CACHE_READ_ONLY'] as const;
/** Possible outcomes of an operation; most succeed. */
const readOutcomes = ['ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'fails', 'silent'] as const;
const clearOutcomes = ['ok', 'ok', 'fails', 'answerLost'] as const;
const writeOutcomes = ['ok', 'ok', 'ok', 'ok', 'fails', 'silent', 'answerLost', 'arrivesLate'] as const;
type Outcome = (typeof readOutcomes | typeof writeOutcomes)[number];

/**
 * A driver whose operations take effect in the order of their calls, as with one connection, and succeed, fail or stay unanswered when the
 * schedule says so. A failed operation may still take effect later.
 */
export function createScheduledDriver(
  connection: Connection,
  store: VersionStore,
  schedule: Schedule,
  traits: ConnectionTraits,
): CacheDriverDefinition {
  let effects: Promise<unknown> = Promise.resolve();
  let replies: Promise<unknown> = Promise.resolve();

  async function run<T>(what: string, outcomes: readonly Outcome[], effect: () => T): Promise<T> {
    const outcome = traits.isCalm() ? 'ok' : schedule.pick(outcomes);
    const name = `${connection.name}: ${what}`;
    const code = outcome === 'fails' && outcomes === writeOutcomes ? schedule.pick(writeErrors) : writeErrors[0];
    const made = effects.then(() =>
      outcome === 'fails' || outcome === 'arrivesLate'
        ? schedule.later(`${name} has no effect`, () => undefined)
        : schedule.later(`${name} takes effect`, effect),
    );
    effects = made;
    if (outcome === 'arrivesLate') void made.then(() => schedule.later(`${name} arrives late`, effect));
    const repliesBefore = replies;
    const replied = made.then(async result => {
      if (outcome === 'silent' && !traits.isCalm()) return new Promise<T>(() => {});
      if (traits.ordersReplies) await repliesBefore;
      return schedule.later(`${name} is answered${outcome === 'ok' ? '' : ` by ${code}`}`, () => {
        if (outcome !== 'ok' && outcome !== 'silent') throw new CacheError(code, name);
        return result as T;
      });
    });
    // An operation without an answer does not delay other replies: a real connection would be replaced.
    if (outcome !== 'silent') replies = replied.catch(() => {});
    return replied;
  }

  async function write(what: string, effect: () => void): Promise<void> {
    const { calling } = connection;
    connection.calling = undefined;
    await run(what, writeOutcomes, () => {
      effect();
      if (calling) calling.change ??= store.changes;
    });
    if (calling) calling.isAcknowledged = true;
  }

  const driver: CacheDriver = {
    get: key => run(`get ${key}`, readOutcomes, () => store.get(key)),
    set: (key, text, ttlMs) => write(`set ${key} to ${text.slice(0, 60)}`, () => store.set(key, text, ttlMs)),
    delete: key => write(`delete ${key}`, () => store.delete(key)),
    clear: (prefix, wasSetSince) =>
      run(`clear ${prefix}`, clearOutcomes, () => {
        for (const key of store.keys()) if (key.startsWith(prefix) && !wasSetSince?.(key)) store.delete(key);
      }),
    close: async () => {},
  };
  const getMany = (keys: readonly string[]) =>
    run(`get ${keys.join(', ')}`, readOutcomes, () => keys.map(key => store.get(key)));

  return {
    contractVersion: 1,
    store: 'scheduled',
    parseOptions: () => ({}),
    policy: () => ({ commandTimeoutMs: 300, verifyEntries: traits.verifiesEntries }),
    create(_, host) {
      schedule.trace.push(`${connection.name} is created`);
      connection.host = host;
      return traits.hasGetMany ? { ...driver, getMany } : driver;
    },
  };
}

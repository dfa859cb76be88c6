import type { Entry } from '../values/entry';
import { isFresh } from '../values/entry';
import { acceptEntry } from './acceptEntry';
import { createDeferred } from './createDeferred';
import type { LeaseStore } from './entryStore';
import type { Flight } from './flight';
import { createInnerRun } from './loadRun';
import type { LoadRun } from './loadRun';
import type { LoadSettings } from './loadSettings';
import { pause } from './until';

/** Longest lease: for longer nobody waits for another process. */
const MAX_LEASE_MS = 10_000;
/** Who waits looks 38 to 62 ms apart, so that processes do not all look at once. */
const POLL_MS = 50;
/** Who waits for more keys looks less often: each costs two commands. */
const MAX_KEYS_PER_POLL = 100;

/** What a flight gets in its turn: the entry that another process has stored meanwhile, or what the load gives. */
export type InTurn<Loaded> =
  { readonly found: Entry; readonly loaded?: undefined } | { readonly found?: undefined; readonly loaded: Loaded };

/**
 * Has each key loaded by one process at a time. The load is called for all flights whose turn comes at the same time, and the keys
 * that other processes load are waited for. Returns what each flight gets.
 */
export function loadInTurns<Loaded>(
  leases: LeaseStore,
  run: LoadRun,
  flights: readonly Flight[],
  settings: LoadSettings,
  load: (run: LoadRun, flights: readonly Flight[]) => Promise<Loaded>,
): (flight: Flight) => Promise<InTurn<Loaded>> {
  const results = new Map(flights.map(flight => [flight, createDeferred<InTurn<Loaded>>()]));
  const resolveAll = (ended: readonly Flight[], turn: InTurn<Loaded>) => {
    for (const flight of ended) results.get(flight)?.resolve(turn);
  };
  const rejectAll = (ended: readonly Flight[], error: unknown) => {
    for (const flight of ended) results.get(flight)?.reject(error);
  };

  async function loadAll(signal: AbortSignal): Promise<void> {
    const loads: Promise<void>[] = [];
    for await (const turns of takeTurns(leases, flights, settings, signal)) {
      const loading = turns.filter(({ found }) => !found).map(({ flight }) => flight);
      for (const { flight, found } of turns) if (found) resolveAll([flight], { found });
      if (loading.length === 0) continue;
      const ended = load(createInnerRun(signal), loading).then(
        loaded => resolveAll(loading, { loaded }),
        (error: unknown) => rejectAll(loading, error),
      );
      loads.push(ended);
    }
    await Promise.all(loads);
  }

  run.call(loadAll, Infinity).catch((error: unknown) => rejectAll(flights, error));
  return flight => results.get(flight)?.promise as Promise<InTurn<Loaded>>;
}

/** A flight that may load now, or need not. */
interface Turn {
  readonly flight: Flight;
  readonly found?: Entry;
}

/** Gives all flights their turns, those together that can have them at the same time. */
async function* takeTurns(
  leases: LeaseStore,
  flights: readonly Flight[],
  settings: LoadSettings,
  signal: AbortSignal,
): AsyncGenerator<readonly Turn[]> {
  const leaseMs = Math.ceil(Math.min(settings.hardTimeoutMs, MAX_LEASE_MS));
  const endMs = performance.now() + leaseMs;
  const taker = { leases, leaseMs, settings, signal };
  let waiting = flights;
  let turns = await Promise.all(waiting.map(flight => takeTurn(taker, flight, true)));
  for (;;) {
    const taken = turns.filter(turn => turn !== undefined);
    if (taken.length > 0) yield taken;
    waiting = waiting.filter((_, index) => !turns[index]);
    if (waiting.length === 0) return;
    const pollMs = POLL_MS * Math.max(1, waiting.length / MAX_KEYS_PER_POLL);
    const leftMs = Math.max(0, endMs - performance.now());
    await pause(Math.min(pollMs * (0.75 + Math.random() / 2), leftMs), signal);
    // The lease that others had when this began has ended, whether or not they have given it back.
    const isOver = performance.now() >= endMs;
    turns = await Promise.all(waiting.map(flight => lookOrTakeTurn(taker, flight, isOver)));
  }
}

interface TurnTaker {
  readonly leases: LeaseStore;
  readonly leaseMs: number;
  readonly settings: LoadSettings;
  readonly signal: AbortSignal;
}

/** `undefined`: another process has the lease. */
async function takeTurn(taker: TurnTaker, flight: Flight, isFirst: boolean): Promise<Turn | undefined> {
  const { leases, leaseMs, settings, signal } = taker;
  const lease = await leases.take(flight.key, leaseMs);
  // One that waits is refused again and again, which tells nothing more.
  if (lease === 'held' && isFirst) leases.events.leased?.('refused');
  if (lease === 'held') return settings.forceFresh ? { flight } : undefined;
  if (!lease) return { flight };
  leases.events.leased?.('granted');
  // Nobody waits any more, or what is loaded will not be stored.
  if (signal.aborted || flight.isDetached) lease.giveBack();
  else flight.lease = lease;
  // Its holder before may have stored the value since this flight read.
  return settings.forceFresh ? { flight } : ((await look(taker, flight)) ?? { flight });
}

async function lookOrTakeTurn(taker: TurnTaker, flight: Flight, isOver: boolean): Promise<Turn | undefined> {
  const turn = await look(taker, flight);
  if (turn) return turn;
  return isOver ? { flight } : takeTurn(taker, flight, false);
}

/** `undefined`: there is no fresh entry. A store that does not answer is not waited for. */
async function look({ leases, settings }: TurnTaker, flight: Flight): Promise<Turn | undefined> {
  const polled = await leases.poll(flight.key);
  if (polled === 'away') return { flight };
  const found = settings.check ? await acceptEntry(polled, settings.check) : polled;
  return isFresh(found) ? { flight, found } : undefined;
}

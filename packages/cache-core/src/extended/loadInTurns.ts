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

/** Longest lease, and so the longest time that a process waits for another one. */
const MAX_LEASE_MS = 10_000;
/** Waiting flights poll 38 to 62 ms apart, at random, so that processes do not all poll at once. */
const POLL_MS = 50;
/** With more waiting keys than this, polls are less frequent: each key costs two commands. */
const MAX_KEYS_PER_POLL = 100;

/** What a flight gets in its turn: the entry that another process has stored meanwhile, or the result of the load. */
export type InTurn<Loaded> =
  { readonly found: Entry; readonly loaded?: undefined } | { readonly found?: undefined; readonly loaded: Loaded };

/**
 * Lets only one process at a time load a key. Calls the load once for all flights whose turn comes at the same time, and waits for keys
 * that other processes are loading. Returns a function that tells what each flight gets.
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

/** A flight that may load now, or need not because `found` is fresh. */
interface Turn {
  readonly flight: Flight;
  readonly found?: Entry;
}

/** Yields the turns of all flights. Turns that come at the same time are yielded together. */
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
    // By `endMs`, a lease that another process held at the start has ended, or is longer than this flight waits for anybody.
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
  // A waiting flight is refused at every poll, so only the first refusal is reported.
  if (lease === 'held' && isFirst) leases.events.leased?.('refused');
  if (lease === 'held') return settings.forceFresh ? { flight } : undefined;
  if (!lease) return { flight };
  leases.events.leased?.('granted');
  // Nobody waits any longer, or the result of the load will not be stored.
  if (signal.aborted || flight.isDetached) lease.giveBack();
  else flight.lease = lease;
  // The previous holder of the lease may have stored the value since this flight read the entry.
  return settings.forceFresh ? { flight } : ((await look(taker, flight)) ?? { flight });
}

async function lookOrTakeTurn(taker: TurnTaker, flight: Flight, isOver: boolean): Promise<Turn | undefined> {
  const turn = await look(taker, flight);
  if (turn) return turn;
  return isOver ? { flight } : takeTurn(taker, flight, false);
}

/** Polls for the entry. `undefined`: there is no fresh one. When the store does not answer, the flight loads at once. */
async function look({ leases, settings }: TurnTaker, flight: Flight): Promise<Turn | undefined> {
  const polled = await leases.poll(flight.key);
  if (polled === 'away') return { flight };
  const found = settings.check ? await acceptEntry(polled, settings.check) : polled;
  return isFresh(found) ? { flight, found } : undefined;
}

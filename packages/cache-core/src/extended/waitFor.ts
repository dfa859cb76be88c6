import type { CacheLookup } from '../contract/observer';
import type { Entry } from '../values/entry';
import { isYoung } from '../near/askTime';
import { isAhead, isServable } from '../values/entry';
import type { SharedValue } from '../values/sharedValue';
import { acceptEntry } from './acceptEntry';
import type { EntryStore } from './entryStore';
import { isShared } from './flight';
import type { Flight, Outcome } from './flight';
import type { Flights } from './flights';
import type { LoadSettings } from './loadSettings';
import { toHit } from './lookupEvents';
import type { LookupEvents } from './lookupEvents';
import { timedOut, until, untilTimeout } from './until';

/** Whether a caller waits for its own load (`load`) or for that of another caller (`shared`). */
export type LoadOwner = 'load' | 'shared';

/** Gives one caller the value of a flight: fresh or stale, depending on the caller's own options. */
export async function waitFor(
  store: EntryStore,
  flights: Flights,
  flight: Flight,
  settings: LoadSettings,
  owner: LoadOwner,
): Promise<SharedValue | undefined> {
  const { signal, forceFresh } = settings;
  const { events } = store;
  flight.run.enter();
  try {
    const found = await until(flight.reading, signal);
    const result = flight.loadUnlessFresh(found);
    if (!result) return answer(events, toHit(found), found?.value);
    // The loaded value may still be on its way to the store, but from now on no caller gets the previous one.
    if (forceFresh || isShared(flight.outcome)) return answerOutcome(events, owner, await until(result, signal));
    // Reads again where the store may have something newer: in a forced flight, or when the read is older than the near cache allows.
    const isTooOld = flight.asked !== undefined && !isYoung(flight.asked);
    const entry = flight.isForced || isTooOld ? await until(readAgain(store, flight.key, settings), signal) : found;
    if (entry && isAhead(entry.freshUntilMs)) return answer(events, toHit(entry), entry.value);
    if (!entry) return answerOutcome(events, owner, await until(result, signal));
    const outcome = await waitInsteadOfStale(result, entry, settings);
    if (outcome) return answerOutcome(events, owner, outcome);
    flight.run.runOn();
    return answer(events, 'stale', entry.value);
  } catch (error) {
    events.answered?.(signal?.aborted && error === signal.reason ? 'aborted' : 'error');
    throw error;
  } finally {
    flight.run.leave(signal?.reason);
    // When all callers left during the read, no load starts that would end the flight.
    if (flight.run.isAbandoned) flights.end(flight);
  }
}

function answer<Value>(events: LookupEvents, result: CacheLookup['result'], value: Value): Value {
  events.answered?.(result);
  return value;
}

function answerOutcome(events: LookupEvents, owner: LoadOwner, outcome: Outcome): SharedValue | undefined {
  return answer(events, outcome.isFromElsewhere ? 'shared' : owner, outcome.value);
}

async function readAgain(store: EntryStore, key: string, { check, frozen }: LoadSettings): Promise<Entry | undefined> {
  const reading = store.read(key, frozen);
  return check ? acceptEntry(reading, check) : reading;
}

/**
 * Resolves to the fresh value if it comes within `softTimeout`, or if the stale one may no longer be served; `undefined`: serve the stale
 * one.
 */
async function waitInsteadOfStale(
  result: Promise<Outcome>,
  stale: Entry,
  { signal, softTimeoutMs }: LoadSettings,
): Promise<Outcome | undefined> {
  if (softTimeoutMs > 0) {
    try {
      const outcome = await until(untilTimeout(result, softTimeoutMs), signal);
      if (outcome !== timedOut) return outcome;
    } catch (error) {
      if (signal?.aborted || !isServable(stale)) throw error;
    }
  }
  return isServable(stale) ? undefined : until(result, signal);
}

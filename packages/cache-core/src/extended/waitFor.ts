import type { Entry } from '../values/entry';
import { isFresh, isServable } from '../values/entry';
import type { SharedValue } from '../values/sharedValue';
import { acceptEntry } from './acceptEntry';
import type { EntryStore } from './entryStore';
import type { Flight, Outcome } from './flight';
import type { LoadSettings } from './loadSettings';
import { timedOut, until, untilTimeout } from './until';

/** Gives one caller the value of a flight, fresh or stale by the caller's own options. */
export async function waitFor(
  store: EntryStore,
  flight: Flight,
  settings: LoadSettings,
): Promise<SharedValue | undefined> {
  const { signal, forceFresh } = settings;
  flight.run.enter();
  try {
    const read = await until(flight.read, signal);
    if (read.hit !== undefined) return read.hit;
    if (forceFresh) return (await until(read.result, signal)).value;
    // What a forced flight has read may be older than what the store has now.
    const entry = flight.isForced ? await until(readAgain(store, flight.key, settings), signal) : read.stale;
    if (isFresh(entry)) return entry.value;
    return entry ? await freshOrStale(flight, read.result, entry, settings) : (await until(read.result, signal)).value;
  } finally {
    flight.run.leave(signal?.reason);
  }
}

async function readAgain(store: EntryStore, key: string, { check }: LoadSettings): Promise<Entry | undefined> {
  const reading = store.read(key);
  return check ? acceptEntry(reading, check) : reading;
}

/** The stale value at once; with a `softTimeout` the fresh one, if it comes in time. */
async function freshOrStale(
  { run }: Flight,
  result: Promise<Outcome>,
  stale: Entry,
  { signal, softTimeoutMs }: LoadSettings,
): Promise<SharedValue | undefined> {
  if (softTimeoutMs > 0) {
    try {
      const outcome = await until(untilTimeout(result, softTimeoutMs), signal);
      if (outcome !== timedOut) return outcome.value;
    } catch (error) {
      if (signal?.aborted || !isServable(stale)) throw error;
    }
  }
  if (!isServable(stale)) return (await until(result, signal)).value;
  run.runOn();
  return stale.value;
}

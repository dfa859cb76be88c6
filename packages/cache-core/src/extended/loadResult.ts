import type { Awaitable } from '../contract/awaitable';
import type { JsonValue } from '../contract/jsonValue';
import { encodeValue } from '../values/codec';
import type { Entry } from '../values/entry';
import { createSharedValue } from '../values/sharedValue';
import { toEntryLife } from './entryLife';
import type { EntryStore } from './entryStore';
import type { Flight, Outcome } from './flight';
import type { LoadDecision } from './loadContext';
import type { LoadSettings } from './loadSettings';

/** What a load leads to: the outcome for callers that wait, and the change of the store. */
export interface LoadResult {
  readonly outcome: Outcome;
  /** Absent when the store stays as it is. */
  readonly change?: (store: EntryStore, flight: Flight) => Awaitable<void>;
}

/**
 * Makes the result of what a load returned and decided. `replaced`: the entry that was there before the load. Throws CACHE_INVALID_VALUE.
 */
export function toLoadResult(
  value: JsonValue | undefined,
  replaced: Entry | undefined,
  decision: LoadDecision,
  settings: LoadSettings,
): LoadResult {
  const kept = decision.keepsStale ? replaced : undefined;
  const json = kept ? kept.value.json : value === undefined ? undefined : encodeValue(value);
  if (json === undefined && !decision.isSkipped) {
    const outcome = { value: undefined, sharedUntilMs: Infinity };
    return replaced ? { outcome, change: removeEntry } : { outcome };
  }
  const shared = json === undefined ? undefined : createSharedValue(json);
  if (shared === undefined || decision.isSkipped) return { outcome: { value: shared, sharedUntilMs: 0 } };
  const { freshMs, storedMs } = toEntryLife(settings, decision, json === 'null');
  if (freshMs === 0) return { outcome: { value: shared, sharedUntilMs: 0 }, change: removeEntry };
  const nowMs = Date.now();
  const entry: Entry = {
    value: shared,
    metaJson: decision.metaJson ?? kept?.metaJson,
    freshUntilMs: nowMs + (freshMs ?? Infinity),
    staleUntilMs: nowMs + (storedMs ?? Infinity),
  };
  return {
    outcome: { value: shared, sharedUntilMs: entry.freshUntilMs },
    change: (store, flight) =>
      store.writeLoaded(flight.key, entry, storedMs, flight.isForced, () => !flight.isDetached),
  };
}

/** The result when another process has loaded and stored the value meanwhile. */
export function toFoundResult({ value, freshUntilMs }: Entry): LoadResult {
  return { outcome: { value, sharedUntilMs: freshUntilMs, isFromElsewhere: true } };
}

function removeEntry(store: EntryStore, { key }: Flight): Awaitable<void> {
  return store.remove(key);
}

import type { Awaitable } from '../contract/awaitable';
import type { Lease } from '../guard/leases';
import type { AskTime } from '../near/askTime';
import type { Entry } from '../values/entry';
import { isAhead } from '../values/entry';
import type { SharedValue } from '../values/sharedValue';
import type { LoadRun } from './loadRun';

/** One key that is being read and, if it has to be, loaded and stored, for everybody who asks for it meanwhile. */
export interface Flight {
  readonly key: string;
  readonly run: LoadRun;
  /** It loads although the entry is fresh. */
  readonly isForced: boolean;
  /** What is under the key. Rejects when the check of the value has thrown. */
  readonly reading: Awaitable<Entry | undefined>;
  /** When the store was asked, where its answer may be given for a limited time only. */
  readonly asked?: AskTime | undefined;
  /** It is not known yet whether the entry is fresh. */
  readonly isReading: boolean;
  /** Starts the load, unless the entry that has been read is fresh. The first call decides; all get the same outcome. */
  loadUnlessFresh(entry: Entry | undefined): Promise<Outcome> | undefined;
  /** The result of the load, while it is being stored. */
  outcome: Outcome | undefined;
  /** What keeps other processes from loading the key; given back when the flight ends or is detached. */
  lease: Lease | undefined;
  /** The key was set or deleted meanwhile, or is loaded anew: the result is not stored. */
  isDetached: boolean;
}

/** How a flight begins. */
export interface FlightPlan extends Pick<Flight, 'key' | 'run' | 'isForced' | 'reading' | 'asked'> {
  /** `stale`: may be served while the load runs, or when it fails. */
  readonly load: (flight: Flight, stale: Entry | undefined) => Promise<Outcome>;
}

/** What a load gives to all that wait for one key. */
export interface Outcome {
  /** `undefined`: the load returned no value. */
  readonly value: SharedValue | undefined;
  /** Until when it may be shared while it is being stored. */
  readonly sharedUntilMs: number;
  /** Another process has loaded it. */
  readonly isFromElsewhere?: boolean;
}

/** Whether a load has ended with something that later callers get, too. */
export function isShared(outcome: Outcome | undefined): outcome is Outcome {
  return outcome !== undefined && isAhead(outcome.sharedUntilMs);
}

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
  /** Whether it loads even if the entry is fresh. */
  readonly isForced: boolean;
  /** The entry under the key. Rejects when the check of its value throws. */
  readonly reading: Awaitable<Entry | undefined>;
  /** When the store was asked; present where its answer may only be shared for a limited time. */
  readonly asked?: AskTime | undefined;
  /** True until it is known whether the entry is fresh. */
  readonly isReading: boolean;
  /**
   * Starts the load. Returns `undefined` when the entry is fresh and the flight is not forced. The first call decides; all get the same
   * outcome.
   */
  loadUnlessFresh(entry: Entry | undefined): Promise<Outcome> | undefined;
  /** The result of the load, while it is being stored. */
  outcome: Outcome | undefined;
  /** The lease that keeps other processes from loading the key; given back when the flight ends or is detached. */
  lease: Lease | undefined;
  /** The key was set, deleted or cleared meanwhile, or is loaded again, so the result is not stored. */
  isDetached: boolean;
}

/** What a flight begins with. */
export interface FlightPlan extends Pick<Flight, 'key' | 'run' | 'isForced' | 'reading' | 'asked'> {
  /** `stale`: an entry that may be served while the load runs, or when it fails. */
  readonly load: (flight: Flight, stale: Entry | undefined) => Promise<Outcome>;
}

/** What a load gives to all callers that wait for one key. */
export interface Outcome {
  /** `undefined`: the load returned no value. */
  readonly value: SharedValue | undefined;
  /** Until when later callers may get it while it is being stored, in ms since 1970. */
  readonly sharedUntilMs: number;
  /** Another process has loaded it. */
  readonly isFromElsewhere?: boolean;
}

/** Whether a load has ended with something that later callers may get, too. */
export function isShared(outcome: Outcome | undefined): outcome is Outcome {
  return outcome !== undefined && isAhead(outcome.sharedUntilMs);
}

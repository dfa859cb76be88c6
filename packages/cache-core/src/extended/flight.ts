import type { Entry } from '../values/entry';
import type { SharedValue } from '../values/sharedValue';
import type { LoadRun } from './loadRun';

/** One key that is being read and, if it has to be, loaded and stored, for everybody who asks for it meanwhile. */
export interface Flight {
  readonly key: string;
  readonly run: LoadRun;
  /** It loads although the entry is fresh. */
  readonly isForced: boolean;
  /** Resolves when the key has been read. Rejects when the check of the value has thrown. */
  readonly read: Promise<FlightRead>;
  /** The result of the load, while it is being stored. */
  outcome: Outcome | undefined;
  /** The key was set or deleted meanwhile, or is loaded anew: the result is not stored. */
  isDetached: boolean;
}

/** A fresh value, or a load that has begun. */
export type FlightRead =
  | { readonly hit: SharedValue; readonly stale?: undefined }
  | {
      readonly hit?: undefined;
      /** May be served while the load runs, or when it fails. */
      readonly stale: Entry | undefined;
      readonly result: Promise<Outcome>;
    };

/** What a load gives to all that wait for one key. */
export interface Outcome {
  /** `undefined`: the load returned no value. */
  readonly value: SharedValue | undefined;
  /** Until when it may be shared while it is being stored. */
  readonly sharedUntilMs: number;
}

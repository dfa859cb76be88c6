import type { Cleared } from './measureClear';
import type { Imported } from './measureImports';
import type { NearMemory } from './measureNearMemory';
import type { Readiness } from './measureReadiness';
import type { Pauses, PausingSubject } from './pauseProcess';
import type { Size } from './sample';
import type { Store } from './openSubject';
import type { LimitProgram, Subject } from './subject';
import type { Operation, Trial } from './trial';

/** Where trials were made: `cluster` of three masters, `full` of other keys. */
export type Setting = 'alone' | 'cluster' | 'full';

/** Trials of one kind, a round each. */
export interface Measured {
  readonly store: Store;
  readonly subject: Subject | LimitProgram;
  readonly setting: Setting;
  readonly operation: Operation;
  readonly size: Size;
  readonly callers: number;
  readonly burst: number;
  readonly plugins: number;
  readonly hotPercent: number | undefined;
  readonly trials: readonly Trial[];
}

export interface Memory {
  readonly subject: Subject;
  readonly bytesPerEntry: number;
}

/** What was measured again, as it had missed its bound. */
export interface MeasuredAgain {
  /** As the check is called. */
  readonly what: string;
  /** One for each time. */
  readonly found: readonly number[];
}

/** What one run has found. What it has not measured is absent or empty. */
export interface Results {
  readonly date: string;
  readonly machine: string;
  /** Of programs and packages, such as `redis 6.3.1`. */
  readonly versions: readonly string[];
  readonly rounds: number;
  readonly trialMs: number;
  /** At 64 callers, by store. */
  readonly throughput: readonly Measured[];
  readonly bursts: readonly Measured[];
  /** From a few callers to many. */
  readonly callers: readonly Measured[];
  /** From one plugin to many. */
  readonly plugins: readonly Measured[];
  readonly largeStores?: LargeStores;
  /** Gets, and hits by `getOrSet`, in turn. */
  readonly hits: readonly Measured[];
  readonly stampedes: readonly Measured[];
  /** Gets, and gets of frozen values, in turn. */
  readonly frozen: readonly Measured[];
  readonly near: NearResults;
  readonly readiness: readonly Readiness[];
  readonly imports: readonly Imported[];
  readonly memoryEntries: number;
  readonly memory: readonly Memory[];
  readonly pauses?: Readonly<Record<PausingSubject, Pauses>>;
  readonly cleared?: readonly Cleared[];
  readonly again: readonly MeasuredAgain[];
}

/** What was measured of {@link Results}, each kind once. */
export type Found = Omit<Results, 'again' | 'date' | 'machine' | 'versions'>;

/** With a near cache, and with other layers in the process. */
export interface NearResults {
  /** Gets of a few keys, and sets, by store. */
  readonly hot: readonly Measured[];
  /** Gets of which a part is answered in the process, on Redis. */
  readonly mixed: readonly Measured[];
  readonly memory: readonly NearMemory[];
}

/** Greenroom on Redis: alone, beside other keys, and in a cluster. */
export interface LargeStores {
  readonly fullKeys: number;
  readonly measured: readonly Measured[];
}

import type { Cleared } from './measureClear';
import type { Imported } from './measureImports';
import type { NearMemory } from './measureNearMemory';
import type { Readiness } from './measureReadiness';
import type { Pauses, PausingSubject } from './pauseProcess';
import type { Size } from './sample';
import type { Store } from './openSubject';
import type { LimitProgram, Subject } from './subject';
import type { Operation, Trial } from './trial';

/** The server of the trials: `cluster` has three masters, `full` has many other keys. */
export type Setting = 'alone' | 'cluster' | 'full';

/** Trials of one kind, one in each round. */
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

/** The later measurements of a check that had missed its bound. */
export interface MeasuredAgain {
  /** The name of the check. */
  readonly what: string;
  /** The figure of each later measurement. */
  readonly found: readonly number[];
}

/** The results of one run. What it has not measured is absent or empty. */
export interface Results {
  readonly date: string;
  readonly machine: string;
  /** Versions of programs and packages, such as `redis 6.3.1`. */
  readonly versions: readonly string[];
  readonly rounds: number;
  readonly trialMs: number;
  /** At 64 callers, by store. */
  readonly throughput: readonly Measured[];
  readonly bursts: readonly Measured[];
  /** With few callers up to many. */
  readonly callers: readonly Measured[];
  /** With one plugin up to many. */
  readonly plugins: readonly Measured[];
  readonly largeStores?: LargeStores;
  /** Gets, and hits by `getOrSet`, measured in turns. */
  readonly hits: readonly Measured[];
  readonly stampedes: readonly Measured[];
  /** Gets, and gets of frozen values, measured in turns. */
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

/** The measurements in {@link Results}, without those that were made again. */
export type Found = Omit<Results, 'again' | 'date' | 'machine' | 'versions'>;

/** Results with a near cache, and with other caches that have a layer in the process. */
export interface NearResults {
  /** Gets of a few keys, and sets, by store. */
  readonly hot: readonly Measured[];
  /** Gets on Redis that are partly answered in the process. */
  readonly mixed: readonly Measured[];
  readonly memory: readonly NearMemory[];
}

/** Results of Greenroom on Redis alone, beside other keys, and in a cluster. */
export interface LargeStores {
  readonly fullKeys: number;
  readonly measured: readonly Measured[];
}

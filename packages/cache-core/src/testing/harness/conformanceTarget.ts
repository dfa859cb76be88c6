import type { CacheDriverDefinition } from '../../contract/driver';

/** What a driver may lack: the method `add`, `clear`, `entries` or `getMany`, or a store that drivers with the same options share. */
export type Capability = 'add' | 'clear' | 'entries' | 'getMany' | 'sharedStore';

/** A driver and its options. The cases write to its store, which others may use at the same time. */
export interface ConformanceTarget<Options = unknown> {
  /** The driver to test. */
  readonly driver: CacheDriverDefinition<Options>;
  /** Options for `create`, as `parseOptions` would return them. */
  readonly options: Options;
  /** The capabilities that the driver lacks, each with the reason. @defaultValue none: it has them all */
  readonly lacks?: Readonly<Partial<Record<Capability, string>>>;
}

/** A test of one promise that a driver makes. */
export interface ConformanceCase {
  /** The part of the contract that the case belongs to. */
  readonly group:
    'contract' | 'keys' | 'ttl' | 'values' | 'concurrency' | 'capabilities' | 'entries' | 'near cache' | 'lifecycle';
  /** A sentence about behavior, unique among the cases. */
  readonly name: string;
  /** The capability that the case needs; absent when every driver has to pass it. */
  readonly capability?: Capability;
  /** Rejects when the promise is broken. Uses its own keys, flushes nothing, closes what it opens. */
  run(target: ConformanceTarget): Promise<void>;
}

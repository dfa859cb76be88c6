import type { CacheDriverDefinition } from '../../contract/driver';

/** What a driver may have or not: a method, or entries that another driver with the same options sees. */
export type Capability = 'clear' | 'getMany' | 'sharedStore';

/** A driver and the options to make it with: a store that the cases may write to, beside others. */
export interface ConformanceTarget<Options = unknown> {
  readonly driver: CacheDriverDefinition<Options>;
  readonly options: Options;
  /** The capabilities that the driver does not have, and why. @defaultValue none: it has them all */
  readonly lacks?: Readonly<Partial<Record<Capability, string>>>;
}

/** One promise of a driver. */
export interface ConformanceCase {
  readonly group: 'contract' | 'keys' | 'ttl' | 'values' | 'concurrency' | 'capabilities' | 'lifecycle';
  /** A sentence about behaviour. */
  readonly name: string;
  /** What the driver has to have for this case to mean anything. */
  readonly capability?: Capability;
  /** Rejects when the promise is not kept. Uses its own keys, flushes nothing, closes what it opens. */
  run(target: ConformanceTarget): Promise<void>;
}

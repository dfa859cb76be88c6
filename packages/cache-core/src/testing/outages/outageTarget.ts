import type { CacheDriverDefinition } from '../../contract/driver';
import type { Address } from './faultProxy';

/** A driver, and servers that nothing else uses: one, or several that form one store. */
export interface OutageTarget<Options = unknown> {
  /** The driver to test. */
  readonly driver: CacheDriverDefinition<Options>;
  /** The servers of its store, at least one. */
  readonly servers: readonly OutageServer[];
  /** Makes options for a driver that connects to these addresses, which are in the order of `servers`. */
  toOptions(addresses: readonly Address[]): Promise<Options> | Options;
  /**
   * Returns what the server sends to refuse a request, for example a status 503 or `-ERR refused`. A driver must not take it for a value or
   * for a success. @defaultValue none: refusals are not tested, and the process emits a warning
   */
  refusal?(request: string): string;
  /** Resolves when restarted servers form one store again. @defaultValue at once */
  untilReady?(): Promise<void>;
}

/** A server whose process can be controlled. Each method resolves when it has taken effect. */
export interface OutageServer extends Address {
  /** Ends the process, as `SIGKILL` does. */
  kill(): Promise<void>;
  /** Restarts the server at the same address. Called only after `kill`. */
  start(): Promise<void>;
  /** Stops the process, as `SIGSTOP` does: connections stay open, and nothing answers. */
  freeze(): Promise<void>;
  /** Continues the process, as `SIGCONT` does. Called only after `freeze`. */
  thaw(): Promise<void>;
}

/** A test of one promise that a cache makes about outages. */
export interface OutageCase {
  /** Distinguishes these cases from those of the conformance suite. */
  readonly group: 'outages';
  /** A sentence about behavior, unique among the cases. */
  readonly name: string;
  /** Rejects when the promise is broken. Takes up to 30 s, and leaves the servers as they were. */
  run(target: OutageTarget): Promise<void>;
}

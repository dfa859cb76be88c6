import type { StoreClient } from '../protocol/openStoreClient';
import type { ServerAddress } from '../protocol/serverAddress';
import type { TestServer } from '../servers/testServer';
import type { ForeignWriter } from './foreignWriter';

/** A proxy in front of a server, as `createFaultProxy` of the conformance suite makes it. */
export interface ReplyProxy {
  readonly address: ServerAddress;
  refuse(): void;
  blackHole(connections: 'old' | 'all'): void;
  damage(fault: { readonly delayMs: number }): void;
  heal(): Promise<void>;
  close(): Promise<void>;
}

/** What a fault can do, and to what. */
export interface FaultTools {
  /** The server, or the one that has the foreign key in the beginning. */
  readonly server: TestServer;
  /** Between the caches and the server, if the fault wants one. The foreign writer goes past it. */
  readonly proxy: ReplyProxy;
  /** Another foreign client. */
  readonly client: StoreClient;
  readonly lengthMs: number;
  /** Waits for so much of the length. */
  readonly part: (share: number) => Promise<void>;
  /** Does what removes all that the server has. */
  readonly emptying: (action: () => Promise<void>) => Promise<void>;
  /** Blocks the event loop of one of the processes. */
  readonly block: (ms: number) => void;
}

/** Something that happens to a store while processes read from it. */
export interface Fault {
  /** As a row of a table calls it. */
  readonly name: string;
  readonly plan: Parameters<ForeignWriter['start']>[0];
  /** Whether it needs a server that nothing else uses, and arguments of that. */
  readonly ownServer?: { readonly resp?: readonly string[]; readonly memcached?: readonly string[] };
  readonly throughProxy?: true;
  /** Life of what the processes write themselves. */
  readonly ownTtlMs?: number;
  /** Ends the fault, too. Takes `lengthMs` at most. */
  run(tools: FaultTools): Promise<void>;
}

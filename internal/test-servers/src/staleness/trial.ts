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

/** What a fault works with. */
export interface FaultTools {
  /** The server; of several, the one that has the foreign key at the start. */
  readonly server: TestServer;
  /** The proxy between the caches and the server, for a fault that needs one. The foreign writer bypasses it. */
  readonly proxy: ReplyProxy;
  /** Another foreign client. */
  readonly client: StoreClient;
  readonly lengthMs: number;
  /** Waits for this share of the length. */
  readonly part: (share: number) => Promise<void>;
  /** Runs an action that removes everything on the server, and records when. */
  readonly emptying: (action: () => Promise<void>) => Promise<void>;
  /** Blocks the event loop of one of the processes. */
  readonly block: (ms: number) => void;
}

/** Something that happens to a store while processes read from it. */
export interface Fault {
  /** Its name in a table row. */
  readonly name: string;
  readonly plan: Parameters<ForeignWriter['start']>[0];
  /** Arguments of a server that only this fault uses; absent when it can share one. */
  readonly ownServer?: { readonly resp?: readonly string[]; readonly memcached?: readonly string[] };
  readonly throughProxy?: true;
  /** Ttl of what the processes write themselves. */
  readonly ownTtlMs?: number;
  /** Causes the fault and ends it again. Takes `lengthMs` at most. */
  run(tools: FaultTools): Promise<void>;
}

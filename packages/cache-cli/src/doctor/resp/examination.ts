import type { Deadline } from '../link/deadline';
import type { Session } from '../link/session';
import type { Findings } from '../report/findings';

/** What the checks of Redis and Valkey share. */
export interface Examination {
  readonly findings: Findings;
  readonly deadline: Deadline;
  /** Name of the store, which is part of the path of its options: `redis` or `valkey`. */
  readonly store: string;
  /** The beginning of every key: namespace and separator; empty without a namespace. */
  readonly prefix: string;
  /** Ids of plugins that the configuration names. */
  readonly pluginIds: readonly string[];
  readonly usesUnlink: boolean;
  readonly hasDefaultTtl: boolean;
  readonly commandTimeoutMs: number;
  readonly progress: (text: string) => void;
}

/** A server that accepts the cache's login. */
export interface RespServer {
  /** `host:port`. */
  readonly name: string;
  readonly session: Session;
  readonly kind: 'single' | 'node';
  /** Whether the slot of a key is served by this node. @defaultValue every key is */
  readonly owns?: (key: string) => boolean;
  /** Whether the cache reads from replicas of this node. @defaultValue false */
  readonly usesReplicas?: boolean;
}

import type { Deadline } from '../link/deadline';
import type { TextAnswer, TextLink } from '../link/textLink';
import type { Findings } from '../report/findings';

/** What the checks of memcached share. */
export interface MemcachedExamination {
  readonly findings: Findings;
  readonly deadline: Deadline;
  readonly hasDefaultTtl: boolean;
  readonly commandTimeoutMs: number;
  /** Size of the largest entry that the cache sends. */
  readonly maxValueBytes: number;
  readonly progress: (text: string) => void;
}

/** A server that accepts the cache's login. */
export interface MemcachedServer {
  readonly name: string;
  /** Asks a question on a connection of its own. Never rejects. */
  readonly ask: (command: string, maxLines?: number) => Promise<TextAnswer>;
  /** Opens another connection, logged in; `undefined` when it cannot be made. The caller closes it. */
  readonly open: () => Promise<TextLink | undefined>;
}

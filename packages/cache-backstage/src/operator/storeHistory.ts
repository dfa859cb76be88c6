import type { CacheError, CacheErrorCode, CacheObserver, CacheStateChange } from '@greenroom/cache-core';
import { toLogText } from '../log/toLogText';

/** Number of state changes that are kept. */
const MAX_CHANGES = 50;
/** Longest error message that is kept, in characters. */
const MAX_MESSAGE = 500;

/** An error that was seen. The error itself is not kept: its cause can be large. */
export interface SeenError {
  readonly code: CacheErrorCode;
  readonly message: string;
  readonly atMs: number;
  /** The plugin that the operation was for; absent when it was for none. */
  readonly pluginId?: string;
}

/** A change of the state of the store. */
interface SeenChange {
  readonly atMs: number;
  readonly state: CacheStateChange['state'];
  readonly error?: Pick<SeenError, 'code' | 'message'>;
}

/** What has happened to the store: its latest changes of state, and its latest error. */
export interface StoreHistory {
  readonly observer: CacheObserver;
  readonly startedAtMs: number;
  /** From the oldest to the newest. */
  readonly changes: readonly SeenChange[];
  readonly lastError: SeenError | undefined;
}

export function createStoreHistory(): StoreHistory {
  const startedAtMs = Date.now();
  const changes: SeenChange[] = [];
  let last: SeenError | undefined;

  const saw = ({ code, message }: CacheError, pluginId?: string) => {
    last = { code, message, atMs: Date.now(), ...(pluginId !== undefined && { pluginId }) };
  };

  return {
    startedAtMs,
    changes,
    get lastError() {
      // The text is made only when it is asked for, as an outage has many errors.
      return last && { ...last, message: toLogText(last.message, MAX_MESSAGE) };
    },
    observer: {
      onOperation({ error, pluginId }) {
        if (error) saw(error, pluginId);
      },
      onStateChange(change) {
        const error = change.state === 'available' ? undefined : change.error;
        if (error) saw(error);
        const shown = error && { code: error.code, message: toLogText(error.message, MAX_MESSAGE) };
        changes.push({ atMs: Date.now(), state: change.state, ...(shown && { error: shown }) });
        if (changes.length > MAX_CHANGES) changes.shift();
      },
      onDriverFault({ error, pluginId }) {
        saw(error, pluginId);
      },
    },
  };
}

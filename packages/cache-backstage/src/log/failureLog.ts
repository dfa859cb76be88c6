import type { CacheErrorCode } from '@greenroom/cache-core';
import type { StoreSubject } from './storeSubject';
import { toLogText } from './toLogText';

/** Failures of one kind have at most one line in this time. */
const WINDOW_MS = 60_000;
/** A line names at most this many plugins. */
const MAX_PLUGINS = 5;
/** Longest error message in a line, in characters. */
const MAX_MESSAGE = 500;

/** One failure. The error itself is not kept: its cause can be large. */
interface Failure {
  readonly store: string;
  /** Absent for a load, whose error is the plugin's own. */
  readonly code?: CacheErrorCode;
  readonly message: string;
  /** The plugin whose operation failed; absent when no plugin asked for it. */
  readonly pluginId?: string;
  /** The method of the driver that failed; absent for an operation of a plugin. */
  readonly method?: string;
}

/** Writes at most one line a minute for each kind of failure. The counts in the lines add up to all failures. */
export interface FailureLog {
  add(failure: Failure): void;
  /** Writes the lines that are still due. */
  flush(): void;
}

/** @param write - Receives each line. */
export function createFailureLog(write: (line: string) => void, toSubject: StoreSubject): FailureLog {
  return new CountingLog(write, toSubject);
}

/** The failures of one kind since the last line about them. */
interface Unreported {
  readonly timer: NodeJS.Timeout;
  readonly plugins: Map<string, number>;
  count: number;
  latest: Failure;
}

class CountingLog implements FailureLog {
  readonly #write: (line: string) => void;
  readonly #toSubject: StoreSubject;
  readonly #unreported = new Map<string, Unreported>();

  constructor(write: (line: string) => void, toSubject: StoreSubject) {
    this.#write = write;
    this.#toSubject = toSubject;
  }

  add(failure: Failure): void {
    const kind = failure.code ? `${failure.method ?? ''} ${failure.code}` : `load of ${failure.pluginId}`;
    const unreported = this.#unreported.get(kind);
    if (!unreported) {
      this.#writeLine(failure, 1, new Map([[failure.pluginId, 1]]));
      this.#startWindow(kind, failure);
      return;
    }
    unreported.count++;
    unreported.latest = failure;
    const { pluginId } = failure;
    if (pluginId !== undefined) unreported.plugins.set(pluginId, (unreported.plugins.get(pluginId) ?? 0) + 1);
  }

  flush(): void {
    for (const [kind, unreported] of this.#unreported) {
      clearTimeout(unreported.timer);
      this.#unreported.delete(kind);
      this.#report(unreported);
    }
  }

  #startWindow(kind: string, latest: Failure): void {
    const timer = setTimeout(() => this.#endWindow(kind), WINDOW_MS).unref();
    this.#unreported.set(kind, { timer, plugins: new Map(), count: 0, latest });
  }

  #endWindow(kind: string): void {
    const unreported = this.#unreported.get(kind);
    this.#unreported.delete(kind);
    if (!unreported || unreported.count === 0) return;
    this.#report(unreported);
    this.#startWindow(kind, unreported.latest);
  }

  #report({ count, latest, plugins }: Unreported): void {
    if (count > 0) this.#writeLine(latest, count, plugins);
  }

  #writeLine(failure: Failure, count: number, plugins: ReadonlyMap<string | undefined, number>): void {
    const text = toText(failure, count, plugins);
    // The error of a load comes from the plugin, so the line names no server.
    const subject = failure.code ? this.#toSubject(failure.store, text) : `Cache store ${failure.store}`;
    this.#write(`${subject}: ${text}`);
  }
}

function toText(
  { code, message, method }: Failure,
  count: number,
  plugins: ReadonlyMap<string | undefined, number>,
): string {
  const what = code ? `${toCalls(method, count)} with ${code}` : toLoads(count);
  return `${what}: ${toLogText(message, MAX_MESSAGE)}${toPlugins(plugins)}`;
}

function toCalls(method: string | undefined, count: number): string {
  if (method === undefined) return `${count} ${count === 1 ? 'operation' : 'operations'} failed`;
  return `${method} failed ${count === 1 ? 'once' : `${count} times`}`;
}

function toLoads(count: number): string {
  return count === 1
    ? '1 load failed, and a stale value was served instead'
    : `${count} loads failed, and stale values were served instead`;
}

function toPlugins(plugins: ReadonlyMap<string | undefined, number>): string {
  const named = [...plugins].filter(([name]) => name !== undefined).sort(([, one], [, other]) => other - one);
  if (named.length === 0) return '';
  if (named.length === 1) return ` (plugin ${named[0]?.[0]})`;
  const shown = named.slice(0, MAX_PLUGINS).map(([name, count]) => `${name} ${count}`);
  const others = named.length - shown.length;
  return ` (plugins ${shown.join(', ')}${others > 0 ? ` and ${others} more` : ''})`;
}

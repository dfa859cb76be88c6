import type { CacheErrorCode } from '@greenroom/cache-core';
import { toLogText } from './toLogText';

/** How long failures of one kind stay silent after a line about them. */
const REPEAT_AFTER_MS = 60_000;
/** Plugins that one line names. */
const MAX_PLUGINS = 5;
/** Of the text of an error, in characters. */
const MAX_MESSAGE = 500;

/** What has failed. The error itself is not kept: its cause can be large. */
interface Failure {
  readonly store: string;
  readonly code: CacheErrorCode;
  readonly message: string;
  /** Whose operation it was; absent for what no plugin has asked for. */
  readonly pluginId?: string;
  /** The method of the driver, where it was no operation. */
  readonly method?: string;
}

/** At most one line a minute for each kind of failure; what the lines count adds up to what has failed. */
export interface FailureLog {
  add(failure: Failure): void;
  /** Tells what has no line yet. */
  flush(): void;
}

/** @param write - Receives lines. */
export function createFailureLog(write: (line: string) => void): FailureLog {
  return new CountingLog(write);
}

/** The failures of one kind since the latest line about them. */
interface Silence {
  readonly timer: NodeJS.Timeout;
  readonly plugins: Map<string, number>;
  count: number;
  latest: Failure;
}

class CountingLog implements FailureLog {
  readonly #write: (line: string) => void;
  readonly #silences = new Map<string, Silence>();

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  add(failure: Failure): void {
    const kind = `${failure.method ?? ''} ${failure.code}`;
    const silence = this.#silences.get(kind);
    if (!silence) {
      this.#write(toLine(failure, 1, new Map([[failure.pluginId, 1]])));
      this.#beSilent(kind, failure);
      return;
    }
    silence.count++;
    silence.latest = failure;
    const { pluginId } = failure;
    if (pluginId !== undefined) silence.plugins.set(pluginId, (silence.plugins.get(pluginId) ?? 0) + 1);
  }

  flush(): void {
    for (const [kind, silence] of this.#silences) {
      clearTimeout(silence.timer);
      this.#silences.delete(kind);
      this.#tell(silence);
    }
  }

  #beSilent(kind: string, latest: Failure): void {
    const timer = setTimeout(() => this.#end(kind), REPEAT_AFTER_MS).unref();
    this.#silences.set(kind, { timer, plugins: new Map(), count: 0, latest });
  }

  #end(kind: string): void {
    const silence = this.#silences.get(kind);
    this.#silences.delete(kind);
    if (!silence || silence.count === 0) return;
    this.#tell(silence);
    this.#beSilent(kind, silence.latest);
  }

  #tell({ count, latest, plugins }: Silence): void {
    if (count > 0) this.#write(toLine(latest, count, plugins));
  }
}

function toLine(
  { store, code, message, method }: Failure,
  count: number,
  plugins: ReadonlyMap<string | undefined, number>,
): string {
  const what =
    method === undefined
      ? `${count} ${count === 1 ? 'operation' : 'operations'} failed`
      : `${method} failed ${count === 1 ? 'once' : `${count} times`}`;
  return `Cache store ${store}: ${what} with ${code}: ${toLogText(message, MAX_MESSAGE)}${toPlugins(plugins)}`;
}

function toPlugins(plugins: ReadonlyMap<string | undefined, number>): string {
  const named = [...plugins].filter(([name]) => name !== undefined).sort(([, one], [, other]) => other - one);
  if (named.length === 0) return '';
  if (named.length === 1) return ` (plugin ${named[0]?.[0]})`;
  const shown = named.slice(0, MAX_PLUGINS).map(([name, count]) => `${name} ${count}`);
  const others = named.length - shown.length;
  return ` (plugins ${shown.join(', ')}${others > 0 ? ` and ${others} more` : ''})`;
}

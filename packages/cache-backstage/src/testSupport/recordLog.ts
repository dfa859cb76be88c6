import { EventEmitter } from 'node:events';
import { inspect } from 'node:util';
import type { LoggerService } from '@backstage/backend-plugin-api';

/** A line of a log. */
interface LogLine {
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  readonly message: string;
}

/** A logger whose lines can be read. */
export interface LogRecord {
  readonly logger: LoggerService;
  /** Has an event `line` for each line above the level of debugging. */
  readonly events: EventEmitter;
  /** The lines above that level that speak of caching. */
  cacheLines(): readonly LogLine[];
  /** The warnings and errors that speak of the cache. */
  cacheProblems(): readonly LogLine[];
  /** Everything that was logged, at every level, with all that was handed over besides the message. */
  all(): string;
}

export function recordLog(): LogRecord {
  const lines: LogLine[] = [];
  const events = new EventEmitter();
  const everything: string[] = [];
  const write =
    (level: LogLine['level']) =>
    (message: string, ...meta: unknown[]) => {
      lines.push({ level, message });
      if (level !== 'debug') events.emit('line', message);
      everything.push(inspect([message, ...meta], { depth: Infinity, showHidden: true }));
    };
  const logger: LoggerService = {
    error: write('error'),
    warn: write('warn'),
    info: write('info'),
    debug: write('debug'),
    child: meta => {
      everything.push(inspect(meta, { depth: Infinity }));
      return logger;
    },
  };
  const cacheLines = () => lines.filter(({ level, message }) => level !== 'debug' && /cach/i.test(message));
  return {
    logger,
    events,
    cacheLines,
    cacheProblems: () => cacheLines().filter(({ level }) => level !== 'info'),
    all: () => everything.join('\n'),
  };
}

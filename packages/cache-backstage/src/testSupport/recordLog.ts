import { EventEmitter } from 'node:events';
import { inspect } from 'node:util';
import type { LoggerService } from '@backstage/backend-plugin-api';

/** A line of a log. */
interface LogLine {
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  readonly message: string;
}

/** A logger that records its lines. */
export interface LogRecord {
  readonly logger: LoggerService;
  /** Emits `line` for each line above debug level. */
  readonly events: EventEmitter;
  /** The lines about the cache above debug level. */
  cacheLines(): readonly LogLine[];
  /** The warnings and errors about the cache. */
  cacheProblems(): readonly LogLine[];
  /** Everything that was logged at any level, metadata included. */
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

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
  /** The warnings and errors that speak of the cache. */
  cacheProblems(): readonly LogLine[];
  /** Everything that was logged, at every level, with all that was handed over besides the message. */
  all(): string;
}

export function recordLog(): LogRecord {
  const lines: LogLine[] = [];
  const everything: string[] = [];
  const write =
    (level: LogLine['level']) =>
    (message: string, ...meta: unknown[]) => {
      lines.push({ level, message });
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
  return {
    logger,
    cacheProblems: () => lines.filter(({ level, message }) => /warn|error/.test(level) && /cache/i.test(message)),
    all: () => everything.join('\n'),
  };
}

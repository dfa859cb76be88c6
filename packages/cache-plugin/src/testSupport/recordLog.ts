import { inspect } from 'node:util';
import type { LoggerService } from '@backstage/backend-plugin-api';

/** An audit event, as it is logged. */
interface AuditEvent {
  readonly [field: string]: unknown;
  readonly eventId: string;
  readonly status: string;
}

/** A log that records what is written to it. */
export interface LogRecord {
  readonly logger: LoggerService;
  /** Returns the audit events since the last call. */
  takeAuditEvents(): readonly AuditEvent[];
  /** Everything that was logged at any level, metadata included. */
  all(): string;
}

export function recordLog(): LogRecord {
  const everything: string[] = [];
  const events: AuditEvent[] = [];
  const createLogger = (inherited: object): LoggerService => {
    const write = (message: string, meta: object = {}) => {
      everything.push(inspect([message, inherited, meta], { depth: Infinity, showHidden: true }));
      const isError = meta instanceof Error;
      const fields = { ...inherited, ...(isError ? { error: meta } : meta) };
      if ('isAuditEvent' in fields) events.push(fields as unknown as AuditEvent);
    };
    return {
      error: write,
      warn: write,
      info: write,
      debug: write,
      child: meta => createLogger({ ...inherited, ...meta }),
    };
  };
  return {
    logger: createLogger({}),
    takeAuditEvents: () => events.splice(0),
    all: () => everything.join('\n'),
  };
}

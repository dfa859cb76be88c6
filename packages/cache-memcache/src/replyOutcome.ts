import { CacheError } from '@greenroom/cache-core';
import type { CacheErrorCode } from '@greenroom/cache-core';
import type { Command } from './commandQueue';
import type { Reply } from './replyReader';

/** What a reply means for the command that it answers. */
export interface Outcome {
  readonly result?: string;
  readonly error?: CacheError;
  /**
   * Why the connection cannot be used any more: what comes after the reply cannot be trusted, or takes too long to come.
   *
   * @defaultValue it can be used
   */
  readonly connectionEnd?: 'distrusted' | 'blocked';
}

const done: Outcome = {};

/**
 * Every reply has to be one to this very command: a connection that is out of step is given up.
 *
 * @param server - What it is called in messages.
 */
export function toOutcome(server: string, command: Command, reply: Reply): Outcome {
  const { line, value, oversized } = reply;
  if (command.type === 'line') return { result: line };
  if (line.startsWith('SERVER_ERROR')) return { error: fromServerError(server, command, line) };
  switch (command.type) {
    case 'get':
      if (line === 'END') return done;
      if (oversized && oversized.key === command.key) return toOversized(server, oversized);
      // Flags say how another client has encoded the text; what this one writes has none.
      if (value && value.key === command.key) return value.flags === '0' ? { result: value.text } : done;
      break;
    case 'set':
      if (line === 'STORED') return done;
      break;
    case 'delete':
      if (line === 'DELETED' || line === 'NOT_FOUND') return done;
      break;
    case 'version':
      if (line.startsWith('VERSION ')) return done;
      break;
  }
  return { error: fromOtherReply(server, command, line), connectionEnd: 'distrusted' };
}

/** A value that cannot be one of this cache as it is configured; the next `set` takes its place. */
function toOversized(server: string, { bytes, isSkipped }: NonNullable<Reply['oversized']>): Outcome {
  const message =
    `${server} holds a value of ${bytes} bytes, which was not read, ` +
    "since it is larger than 'memcache.client.maxValueBytes' allows";
  const error = new CacheError('CACHE_TOO_LARGE', message);
  return isSkipped ? { error } : { error, connectionEnd: 'blocked' };
}

/** Whether a server wants a login before anything else. */
export function isUnauthenticated(line: string): boolean {
  return line.startsWith('CLIENT_ERROR unauth');
}

/** The word of the protocol that a reply begins with: the rest of it is shown nowhere, since it can hold anything. */
export function wordOf(line: string): string {
  return /^[A-Z_]{1,20}(?![A-Z_])/.exec(line)?.[0] ?? 'no word of the protocol';
}

/** What a SERVER_ERROR means, by what it says. */
const serverErrors: readonly (readonly [pattern: RegExp, code: CacheErrorCode, reason: string])[] = [
  [/too large/i, 'CACHE_TOO_LARGE', 'the value is larger than it takes (memcached -I)'],
  [/out of memory/i, 'CACHE_FULL', 'it is out of memory (memcached -m)'],
  [/refused|timed out|is down|unreachable|unavailable/i, 'CACHE_UNAVAILABLE', 'it is a proxy and its server is away'],
];

function fromServerError(server: string, { type }: Command, line: string): CacheError {
  const [, code, reason] = serverErrors.find(([pattern]) => pattern.test(line)) ?? [];
  const why = reason === undefined ? ' (SERVER_ERROR)' : `: ${reason}`;
  return new CacheError(code ?? 'CACHE_REFUSED', `${server} has refused '${type}'${why}`, { cause: toCause(line) });
}

/** After ERROR and CLIENT_ERROR the rest of what was sent may be taken for commands. */
function fromOtherReply(server: string, { type }: Command, line: string): CacheError {
  const options = { cause: toCause(line) };
  if (isUnauthenticated(line)) return new CacheError('CACHE_AUTH', `${server} wants a login for '${type}'`, options);
  const what = `${server} has answered '${type}' by something unexpected (${wordOf(line)})`;
  return new CacheError('CACHE_REFUSED', what, options);
}

/** A server can say anything. */
function toCause(line: string): Error {
  return new Error(line.slice(0, 200).replace(/[^\x20-\x7e]/g, '?'));
}

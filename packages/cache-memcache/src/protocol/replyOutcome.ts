import { CacheError } from '@greenroom/cache-core';
import type { CacheErrorCode } from '@greenroom/cache-core';
import type { Command } from './commandQueue';
import type { Reply } from './replyReader';

/** What a reply means for the command that it answers. */
export interface Outcome {
  readonly result?: string;
  readonly error?: CacheError;
  /**
   * Why the connection can no longer be used: what follows the reply cannot be trusted, or takes too long to arrive.
   *
   * @defaultValue it can be used
   */
  readonly connectionEnd?: 'distrusted' | 'blocked';
}

const done: Outcome = {};

/**
 * Every reply must fit its command: a connection that is out of step is closed.
 *
 * @param server - Its name in messages.
 */
export function toOutcome(server: string, command: Command, reply: Reply): Outcome {
  const { line, value, oversized } = reply;
  if (command.type === 'line') return { result: line };
  if (line.startsWith('SERVER_ERROR')) return { error: fromServerError(server, command, line) };
  switch (command.type) {
    case 'get':
      if (line === 'END') return done;
      if (oversized && oversized.key === command.key) return toOversized(server, oversized);
      // The flags say how another client has encoded the text; this one writes 0.
      if (value && value.key === command.key) return value.flags === '0' ? { result: value.text } : done;
      break;
    case 'set':
      if (line === 'STORED') return done;
      break;
    case 'add':
      if (line === 'STORED' || line === 'NOT_STORED') return { result: line };
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

/** A value that is larger than this cache writes. The next `set` replaces it. */
function toOversized(server: string, { bytes, isSkipped }: NonNullable<Reply['oversized']>): Outcome {
  const message =
    `${server} holds a value of ${bytes} bytes, which was not read, ` +
    "since it is larger than 'memcache.client.maxValueBytes' allows";
  const error = new CacheError('CACHE_TOO_LARGE', message);
  return isSkipped ? { error } : { error, connectionEnd: 'blocked' };
}

/** Whether a server asks for a login. */
export function isUnauthenticated(line: string): boolean {
  return line.startsWith('CLIENT_ERROR unauth');
}

/** The protocol word at the start of a reply. The rest is never shown: it can hold anything. */
export function wordOf(line: string): string {
  return /^[A-Z_]{1,20}(?![A-Z_])/.exec(line)?.[0] ?? 'no word of the protocol';
}

/** What a SERVER_ERROR means, by its text. */
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

/** After ERROR and CLIENT_ERROR the server may take the rest of a value for commands. */
function fromOtherReply(server: string, { type }: Command, line: string): CacheError {
  const options = { cause: toCause(line) };
  if (isUnauthenticated(line)) return new CacheError('CACHE_AUTH', `${server} wants a login for '${type}'`, options);
  const what = `${server} sent an unexpected reply to '${type}' (${wordOf(line)})`;
  return new CacheError('CACHE_REFUSED', what, options);
}

/** Keeps only printable characters: a server can send anything. */
function toCause(line: string): Error {
  return new Error(line.slice(0, 200).replace(/[^\x20-\x7e]/g, '?'));
}

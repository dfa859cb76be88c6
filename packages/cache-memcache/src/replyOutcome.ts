import { CacheError } from '@greenroom/cache-core';
import type { Command } from './commandQueue';
import type { Reply } from './replyReader';

/** What a reply means for the command that it answers. */
export interface Outcome {
  readonly result?: string;
  readonly error?: CacheError;
  /** Whether nothing that comes after it can be trusted. @defaultValue false */
  readonly isEndOfConnection?: boolean;
}

const done: Outcome = {};

/** Every reply has to be one to this very command: a connection that is out of step is given up. */
export function toOutcome(command: Command, reply: Reply): Outcome {
  const { line, value } = reply;
  if (command.type === 'line') return { result: line };
  if (line.startsWith('SERVER_ERROR')) return { error: fromServerError(line) };
  switch (command.type) {
    case 'get':
      if (line === 'END') return done;
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
  return { error: fromOtherReply(line), isEndOfConnection: true };
}

function fromServerError(line: string): CacheError {
  const options = { cause: new Error(line) };
  if (/too large/.test(line)) {
    return new CacheError('CACHE_TOO_LARGE', 'Memcached has refused the value as too large', options);
  }
  if (/out of memory/.test(line)) return new CacheError('CACHE_FULL', 'Memcached is out of memory', options);
  return new CacheError('CACHE_REFUSED', 'Memcached has refused the command (SERVER_ERROR)', options);
}

/** After ERROR and CLIENT_ERROR the rest of what was sent may be taken for commands. */
function fromOtherReply(line: string): CacheError {
  const word = /^[A-Z_]+/.exec(line)?.[0] ?? 'no word of the protocol';
  return new CacheError('CACHE_REFUSED', `Memcached has answered with something unexpected (${word})`, {
    cause: new Error(line),
  });
}

import { CacheError } from '@greenroom/cache-core';
import type { RespClient, RespReply } from './respClient';
import { toCommandName } from './serverPlace';

const PONG = 'PONG';

/**
 * A client whose connection ends when a reply cannot be one to its command: replies are told apart by their order alone, so
 * that one too many or too few would give each command the reply to another one from then on.
 *
 * @param onLost - Told why.
 * @param toFailure - What a command fails with.
 */
export function withReplyCheck(
  client: RespClient,
  serverName: string,
  onLost: (error: CacheError) => void,
  toFailure: (error: unknown, words: readonly string[]) => unknown,
): RespClient {
  let error: CacheError | undefined;

  function check(words: readonly string[], reply: RespReply): RespReply {
    // What came after a wrong reply, in the same packet, is here as well.
    if (!error && !isReplyTo(words, reply)) {
      error = new CacheError(
        'CACHE_REFUSED',
        `${serverName} has answered with what is no reply to ${toCommandName(words)}`,
      );
      client.destroy();
      onLost(error);
    }
    if (error) throw error;
    return reply;
  }

  return {
    get isReady() {
      return client.isReady;
    },
    connect: () => client.connect(),
    destroy: () => client.destroy(),
    send(words) {
      try {
        return client.send(words).then(
          reply => check(words, reply),
          (thrown: unknown) => {
            throw toFailure(thrown, words);
          },
        );
      } catch (thrown) {
        return Promise.reject(toFailure(thrown, words));
      }
    },
  };
}

function isReplyTo(words: readonly string[], reply: RespReply): boolean {
  const [command] = words;
  const keys = words.length - 1;
  if (command === 'GET') return isText(reply);
  if (command === 'MGET') return Array.isArray(reply) && reply.length === keys && reply.every(isText);
  if (command === 'SET') return reply === 'OK';
  if (command === 'PING') return reply === PONG;
  if (command === 'UNLINK' || command === 'DEL') return isCount(reply) && reply <= keys;
  return true;
}

/** Or that there is none. No value is the reply to a ping: that one has come too late. */
function isText(reply: RespReply): boolean {
  return (typeof reply === 'string' && reply !== PONG) || reply === null;
}

function isCount(reply: RespReply): reply is number {
  return typeof reply === 'number' && Number.isInteger(reply) && reply >= 0;
}

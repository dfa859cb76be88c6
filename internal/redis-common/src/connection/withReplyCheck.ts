import { CacheError } from '@greenroom/cache-core';
import type { ServerClient, RespReply } from './clientAdapter';
import { toCommandName } from '../errors/serverPlace';

const PONG = 'PONG';

/**
 * The same client, whose connection ends when a reply does not fit its command. Replies are matched by order alone: after a surplus or
 * a missing reply, each command would get the reply of another one.
 *
 * @param onLost - Called with the reason.
 * @param toError - Maps the error that a command rejects with.
 */
export function withReplyCheck(
  client: ServerClient,
  serverName: string,
  onLost: (error: CacheError) => void,
  toError: (error: unknown, args: readonly string[]) => CacheError,
): ServerClient {
  let error: CacheError | undefined;

  function check(args: readonly string[], reply: RespReply): RespReply {
    // Replies that follow a wrong one in the same packet arrive here too.
    if (!error && !isReplyTo(args, reply)) {
      error = new CacheError('CACHE_REFUSED', `${serverName} sent a reply that does not fit ${toCommandName(args)}`);
      client.destroy();
      onLost(error);
    }
    if (error) throw error;
    return reply;
  }

  return {
    connect: () => client.connect(),
    destroy: () => client.destroy(),
    send(args) {
      try {
        return client.send(args).then(
          reply => check(args, reply),
          (thrown: unknown) => {
            throw toError(thrown, args);
          },
        );
      } catch (thrown) {
        return Promise.reject(toError(thrown, args));
      }
    },
  };
}

function isReplyTo(args: readonly string[], reply: RespReply): boolean {
  const [command] = args;
  const keys = args.length - 1;
  if (command === 'GET') return isText(reply);
  if (command === 'MGET') return Array.isArray(reply) && reply.length === keys && reply.every(isText);
  if (command === 'SET') return reply === 'OK' || (args[3] === 'NX' && reply === null);
  if (command === 'PING') return reply === PONG;
  if (command === 'SCAN') return Array.isArray(reply) && reply.length === 2 && Array.isArray(reply[1]);
  if (command === 'PTTL') return reply === -1 || reply === -2 || isCount(reply);
  if (command === 'STRLEN') return isCount(reply);
  if (command === 'UNLINK' || command === 'DEL') return isCount(reply) && reply <= keys;
  return true;
}

/** Whether the reply is a value or null. PONG is not a value but the late reply to a ping. */
function isText(reply: RespReply): boolean {
  return (typeof reply === 'string' && reply !== PONG) || reply === null;
}

function isCount(reply: RespReply): reply is number {
  return typeof reply === 'number' && Number.isInteger(reply) && reply >= 0;
}

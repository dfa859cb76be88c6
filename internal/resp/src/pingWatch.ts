import type { RespClient } from './respClient';

/**
 * Pings a client at each call, and calls `onSilent` when the ping of the call before is still unanswered. Neither a
 * client's idle timeout nor its own pings notice a silent connection that is being written to.
 */
export function createPingWatch(client: Pick<RespClient, 'isReady' | 'send'>, onSilent: () => void): () => void {
  let unanswered = false;
  let pings = 0;
  const answered = () => {
    unanswered = false;
  };
  return () => {
    // After a blocked event loop the answer may wait in the socket: it is read first.
    setImmediate(() => {
      if (!client.isReady) {
        unanswered = false;
      } else if (unanswered) {
        unanswered = false;
        onSilent();
      } else {
        unanswered = true;
        // An error is an answer too; a lost connection is reported by an event of the client.
        client.send(['PING', `greenroom-${++pings}`]).then(answered, answered);
      }
    });
  };
}

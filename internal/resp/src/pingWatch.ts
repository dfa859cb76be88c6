import type { AskForLife } from './livenessProbe';
import type { RespClient } from './respClient';

/** How long the answer to an earlier ping may still wait in the socket, or the ping itself, after a blocked event loop. */
const GRACE_MS = 50;

/**
 * Pings a client at each call, and calls `onSilent` when the ping of the call before is still unanswered. Neither a
 * client's idle timeout nor its own pings notice a silent connection that is being written to.
 */
export function createPingWatch(
  client: Pick<RespClient, 'isReady'>,
  ask: AskForLife,
  onSilent: () => void,
): () => void {
  let unanswered = false;
  /** The grace is running. */
  let isDoubted = false;
  const answered = () => {
    unanswered = false;
  };
  const giveUp = () => {
    isDoubted = false;
    if (!unanswered || !client.isReady) return;
    unanswered = false;
    onSilent();
  };
  return () => {
    if (isDoubted) return;
    if (!client.isReady) {
      unanswered = false;
    } else if (unanswered) {
      isDoubted = true;
      // The immediate, because of a timer that is late once more: what has come meanwhile is read between the two.
      setTimeout(() => setImmediate(giveUp), GRACE_MS).unref();
    } else {
      unanswered = true;
      // An error is an answer too; a lost connection is reported by an event of the client.
      ask().then(answered, answered);
    }
  };
}

import type { SendProbe } from './livenessProbe';
import type { ServerClient } from './clientAdapter';

/** Longest wait for a ping or its answer that is still in a buffer after a blocked event loop. */
const GRACE_MS = 50;

/**
 * Each call sends a ping, and calls `onSilent` when the previous ping is still unanswered. The client's own idle timeout
 * and pings do not notice a silent connection that is being written to.
 */
export function createPingWatch(
  client: Pick<ServerClient, 'isReady'>,
  probe: SendProbe,
  onSilent: () => void,
): () => void {
  let unanswered = false;
  /** The grace period is running. */
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
      // setImmediate lets pending socket data be read before giving up, even when this timer is late.
      setTimeout(() => setImmediate(giveUp), GRACE_MS).unref();
    } else {
      unanswered = true;
      // An error is an answer too; a lost connection is reported by an event of the client.
      probe().then(answered, answered);
    }
  };
}

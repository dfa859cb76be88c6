import { failureOf } from '../errors/serverFailure';
import type { CommandSender } from './clientAdapter';

/** Sends the probe. Resolves when the server has answered, if only with an error, and rejects when the connection has ended. */
export type SendProbe = () => Promise<unknown>;

/** Finds a command that both the server and a proxy in front of it answer. */
export interface LivenessProbe {
  /**
   * Call with each new connection. Resolves, once the server has answered, to a function that probes it again. Rejects when
   * the connection ends, or the server cannot be used now.
   */
  begin(client: CommandSender): Promise<SendProbe>;
}

/** PING has no argument: proxies that answer PING themselves ignore it, or close the connection. */
const PING = ['PING'];
/** Every cache proxy knows GET. No plugin uses this key. */
const GET = ['GET', 'greenroom'];

/** The first probe is PING. If the connection ends at it, the next connection is probed with GET. */
export function createLivenessProbe(): LivenessProbe {
  let next = PING;
  return {
    async begin(client) {
      const command = next;
      try {
        await client.send(command);
      } catch (error) {
        const { reply } = failureOf(error);
        next = reply === undefined && command === PING ? GET : PING;
        if (reply === undefined || !isAboutCommand(reply)) throw error;
      }
      next = PING;
      return () => probe(client, command);
    },
  };
}

async function probe(client: CommandSender, command: readonly string[]): Promise<void> {
  // Replies that are shifted by n commands are noticed only where a command of another kind is n places away. Sending one or two pings
  // at random varies the distances.
  const count = command === PING && Math.random() < 0.5 ? 2 : 1;
  try {
    await Promise.all(Array.from({ length: count }, () => client.send(command)));
  } catch (error) {
    if (failureOf(error).reply === undefined) throw error;
  }
}

/**
 * Whether the server is alive and refuses only this command. A server that cannot save its data answers MISCONF to PING, and
 * still serves reads.
 */
function isAboutCommand(reply: string): boolean {
  const pattern =
    /^(?:NOPERM|MOVED|ASK|TRYAGAIN|CLUSTERDOWN|MISCONF)\b|unknown command|unsupported|not (?:supported|allowed)/i;
  return pattern.test(reply);
}

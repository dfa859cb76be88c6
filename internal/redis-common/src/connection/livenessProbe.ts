import type { ServerClient } from './clientAdapter';

/** Sends the probe. Resolves or rejects with the answer of the server. */
export type SendProbe = () => Promise<unknown>;

/** Finds a command that both the server and a proxy in front of it answer. */
export interface LivenessProbe {
  /**
   * Call with each new connection. Resolves, once the server has answered, to a function that probes it again. Rejects when
   * the connection ends, or the server cannot be used now.
   */
  begin(client: Pick<ServerClient, 'isReady' | 'send'>): Promise<SendProbe>;
}

/** Without an argument: proxies that answer PING themselves ignore it, or close the connection. */
const PING = ['PING'];
/** Every proxy of a cache knows GET. No plugin has this key. */
const GET = ['GET', 'greenroom'];

/** Begins with PING. If the connection ends at it, the next connection is probed by GET. */
export function createLivenessProbe(): LivenessProbe {
  let next = PING;
  return {
    async begin(client) {
      const command = next;
      try {
        await client.send(command);
      } catch (error) {
        const isLost = !client.isReady;
        next = isLost && command === PING ? GET : PING;
        if (isLost || !isAboutCommand(error)) throw error;
      }
      next = PING;
      return () => probe(client, command);
    },
  };
}

function probe(client: Pick<ServerClient, 'send'>, command: readonly string[]): Promise<unknown> {
  const answer = client.send(command);
  // Replies that have slipped by n commands are noticed where a command of another kind is n places away. One or two pings
  // at random vary the distances.
  if (command === PING && Math.random() < 0.5) return Promise.all([answer, client.send(command)]);
  return answer;
}

/** Whether the server is alive and refuses only this command. */
function isAboutCommand(error: unknown): boolean {
  const pattern = /^(?:NOPERM|MOVED|ASK|TRYAGAIN|CLUSTERDOWN)\b|unknown command|unsupported|not (?:supported|allowed)/i;
  return error instanceof Error && pattern.test(error.message);
}

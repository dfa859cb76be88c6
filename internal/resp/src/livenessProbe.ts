import type { RespClient } from './respClient';

/** Asks a server for something that only a live one answers; resolves or rejects with the answer. */
export type AskForLife = () => Promise<unknown>;

/** Finds a question that a server knows, and a proxy in front of it. */
export interface ProofOfLife {
  /**
   * To be called with each new connection. Resolves, when the server has answered, to what asks it again. Rejects when the
   * connection ends, or the server is not to be used now.
   */
  begin(client: Pick<RespClient, 'isReady' | 'send'>): Promise<AskForLife>;
}

/** A bare one: proxies that answer it themselves say PONG whatever text it has, or end the connection at a text. */
const PING = ['PING'];
/** Whatever is in front of a cache knows it. No plugin has such a key. */
const READ = ['GET', 'greenroom'];

/** Begins with PING. After a connection that ended at it, the next one is asked for a key instead. */
export function createProofOfLife(): ProofOfLife {
  let next = PING;
  return {
    async begin(client) {
      const question = next;
      try {
        await client.send(question);
      } catch (error) {
        const isLost = !client.isReady;
        next = isLost && question === PING ? READ : PING;
        if (isLost || !isAboutCommand(error)) throw error;
      }
      next = PING;
      return () => ask(client, question);
    },
  };
}

function ask(client: Pick<RespClient, 'send'>, question: readonly string[]): Promise<unknown> {
  const answer = client.send(question);
  // Replies that come too late by some number of commands are found out where a command of another kind has that distance
  // from this one, so the distance between two pings must not be the same for ever.
  if (question === PING && Math.random() < 0.5) return Promise.all([answer, client.send(question)]);
  return answer;
}

/** The server is alive, and refuses this command alone. */
function isAboutCommand(error: unknown): boolean {
  const pattern = /^(?:NOPERM|MOVED|ASK|TRYAGAIN|CLUSTERDOWN)\b|unknown command|unsupported|not (?:supported|allowed)/i;
  return error instanceof Error && pattern.test(error.message);
}

import { askAgain } from './askAgain';
import type { Deadline } from './deadline';
import type { Endpoint } from './endpoint';
import { openSocket } from './openSocket';
import type { OpenFailure } from './openSocket';
import { createRespLink } from './respLink';
import type { Answer, RespLink } from './respLink';

/** Longest time that one question may take, in ms. */
const QUESTION_MS = 700;

/** Asks one server questions. A lost connection is replaced. */
export interface Session {
  /** Never rejects. If the connection is lost before the answer, the question is asked once more, on a connection of its own. */
  ask(...words: readonly string[]): Promise<Answer>;
  /** Opens another connection, logged in; `undefined` when it cannot be made. The caller closes it. */
  open(): Promise<RespLink | undefined>;
  close(): void;
}

/** What {@link createSession} needs. */
export interface SessionOptions {
  readonly endpoint: Endpoint;
  /** Commands that each connection begins with. */
  readonly login: readonly (readonly string[])[];
  readonly deadline: Deadline;
  /** An open connection, logged in. */
  readonly first: RespLink;
  /** Called when a later connection cannot be made before the deadline. */
  readonly onFailure: (failure: OpenFailure) => void;
}

export function createSession({ endpoint, login, deadline, first, onFailure }: SessionOptions): Session {
  const links = new Set([first]);
  let shared: Promise<RespLink | undefined> = Promise.resolve(first);

  async function open(): Promise<RespLink | undefined> {
    const opened = await openSocket(endpoint, deadline);
    if ('failure' in opened) {
      if (!deadline.signal.aborted) onFailure(opened.failure);
      return undefined;
    }
    const link = createRespLink(opened.socket);
    links.add(link);
    // The replies to the login were checked on the first connection.
    for (const words of login) void link.send(words, questionMs());
    return link;
  }

  const questionMs = () => Math.min(QUESTION_MS, deadline.left());

  async function share(): Promise<RespLink | undefined> {
    const link = await shared;
    if (link?.isOpen()) return link;
    shared = open();
    return shared;
  }

  async function askAlone(words: readonly string[]): Promise<Answer> {
    const link = await open();
    if (!link) return { lost: 'unconnected' };
    const answer = await link.send(words, questionMs());
    link.close();
    links.delete(link);
    return answer;
  }

  return {
    async ask(...words) {
      const link = await share();
      if (!link) return { lost: 'unconnected' };
      return askAgain(await link.send(words, questionMs()), () => askAlone(words), deadline);
    },
    open,
    close() {
      for (const link of links) link.close();
    },
  };
}

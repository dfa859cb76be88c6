import { isRefusal, listOf, textOf } from '../link/reply';
import type { Answer, Loss } from '../link/respLink';
import type { RespServer } from './examination';
import { isUnknownCommand, missingRightOf } from './refusals';

/** What a server tells about itself. A fact that it does not tell is absent. */
export interface Facts {
  /** Fields of `HELLO`, such as `mode`. */
  readonly hello: ReadonlyMap<string, string>;
  /** Fields of `INFO`; absent when it was refused. */
  readonly info?: ReadonlyMap<string, string>;
  /** Settings from `CONFIG GET`; absent when it was refused. */
  readonly config?: ReadonlyMap<string, string>;
  readonly whyNoInfo: WhyNot;
  readonly whyNoConfig: WhyNot;
}

/** Why a question has no answer, and the right that it needs. */
export interface WhyNot {
  readonly reason: string;
  readonly right?: string;
}

const settings = ['maxmemory', 'maxmemory-policy', 'save', 'appendonly', 'timeout', 'maxclients'];

/** Asks a server for everything that it tells about itself. */
export async function readFacts({ session }: RespServer): Promise<Facts> {
  const [hello, info, ...config] = await Promise.all([
    session.ask('HELLO', '2'),
    session.ask('INFO'),
    ...settings.map(name => session.ask('CONFIG', 'GET', name)),
  ]);
  const pairs = config.flatMap(answer => [...toMap(answer)]);
  const text = 'reply' in info && typeof info.reply === 'string' ? info.reply : undefined;
  return {
    hello: toMap(hello),
    ...(text !== undefined && { info: readInfo(text) }),
    ...(pairs.length > 0 && { config: new Map(pairs) }),
    whyNoInfo: whyNot(info, '+info'),
    whyNoConfig: whyNot(config[0], '+config|get'),
  };
}

const whyLost: Readonly<Record<Loss, string>> = {
  silent: 'no answer came in time',
  unconnected: 'the connection was lost, and could not be made again',
  closed: 'the server, or a proxy before it, closes the connection at it',
  garbage: 'the server, or a proxy before it, sends something that is not a reply',
};

/** Why there is no answer to a question. @param right - The right that the question needs. */
export function whyNot(answer: Answer | undefined, right: string): WhyNot {
  if (!answer || 'lost' in answer) {
    return { reason: whyLost[answer?.lost ?? 'closed'] };
  }
  const refusal = isRefusal(answer.reply) ? answer.reply.refusal : '';
  if (missingRightOf(refusal)) return { reason: 'the user has no right for it', right };
  if (isUnknownCommand(refusal)) return { reason: 'the server, or a proxy before it, does not know the command' };
  return { reason: 'the server refuses it' };
}

function toMap(answer: Answer): ReadonlyMap<string, string> {
  const list = 'reply' in answer ? listOf(answer.reply) : [];
  const pairs: [string, string][] = [];
  for (let index = 0; index + 1 < list.length; index += 2) pairs.push([textOf(list[index]), textOf(list[index + 1])]);
  return new Map(pairs);
}

function readInfo(text: string): ReadonlyMap<string, string> {
  return new Map([...text.matchAll(/^([\w-]+):(.*?)\r?$/gm)].map(([, name = '', value = '']) => [name, value]));
}

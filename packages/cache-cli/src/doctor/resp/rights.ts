import { randomBytes } from 'node:crypto';
import { isRefusal } from '../link/reply';
import type { Answer } from '../link/respLink';
import { addConnectFailure } from '../report/connectFailure';
import type { Severity } from '../report/findings';
import type { Examination, RespServer } from './examination';
import { isUnknownCommand, meaningOf, missingRightOf, wordOf } from './refusals';

/** The ttl of the doctor's key, in ms, in case it cannot be removed. */
const KEY_MS = '5000';

interface Trial {
  /** The command, as rights name it: `cluster|slots`. */
  readonly right: string;
  readonly words: readonly string[];
  readonly severity: Severity;
  /** What does not work without this right. */
  readonly without: string;
}

/** Tries each command that the cache sends, on a key of the doctor's own, and removes the key. */
export async function checkRights(server: RespServer, examination: Examination): Promise<void> {
  const { session } = server;
  const key = chooseKey(server, examination.prefix);
  const trials = toTrials(key, server, examination);
  const answers = await Promise.all(trials.map(({ words }) => session.ask(...words)));
  if (answers.every(answer => 'lost' in answer)) {
    // The server has answered before, so it was reachable. A connection that could not be made has a finding already.
    if (answers.some(answer => 'lost' in answer && answer.lost === 'unconnected')) return;
    const isSilent = answers.some(answer => 'lost' in answer && answer.lost === 'silent');
    return addConnectFailure(examination.findings, server.name, {
      stage: 'greeting',
      code: isSilent ? 'SILENT' : 'CLOSED',
    });
  }
  const removal = await remove(server, key, examination);
  const refused = trials.flatMap((trial, index) => {
    const refusal = refusalOf(answers[index]);
    return refusal === undefined ? [] : [{ ...trial, refusal }];
  });
  if (removal) refused.push(removal);
  const forKeys = refused.filter(({ refusal }) => missingRightOf(refusal) === 'key').map(({ right }) => right);
  if (forKeys.includes('get')) await addMissingKeys(server, key, examination);
  else if (forKeys.length > 0) addReadOnlyKeys(server, forKeys, examination);
  for (const each of refused) addRefused(server, each, examination);
}

type Refused = Trial & { readonly refusal: string };

function toTrials(key: string, { kind, usesReplicas = false }: RespServer, { prefix }: Examination): readonly Trial[] {
  const ofKey = (right: string, words: readonly string[], without: string): Trial => ({
    ...{ right, words, without, severity: 'error' },
  });
  return [
    { right: 'ping', words: ['PING'], severity: 'warning', without: 'a lost connection is noticed late' },
    ofKey('set', ['SET', key, '"doctor"', 'PX', KEY_MS], 'nothing is stored'),
    ofKey('set', ['SET', key, '"doctor"', 'PX', KEY_MS, 'NX'], 'nothing is stored'),
    ofKey('get', ['GET', key], 'every read is a miss'),
    ...(kind === 'single' ? [ofKey('mget', ['MGET', key, key], 'reads of the same moment are misses')] : []),
    ...(kind === 'node' ? [asking] : []),
    ...(usesReplicas ? [readOnly] : []),
    {
      ...{ right: 'scan', words: ['SCAN', '0', 'MATCH', `${prefix}doctor`, 'COUNT', '10'], severity: 'warning' },
      without: 'entries cannot be cleared, nor counted, also not after an outage',
    },
  ];
}

const asking: Trial = {
  ...{ right: 'asking', words: ['ASKING'], severity: 'warning' },
  without: 'keys whose slot is being moved are misses',
};
/** A master accepts READONLY too, and is not changed by it. */
const readOnly: Trial = {
  ...{ right: 'readonly', words: ['READONLY'], severity: 'warning' },
  without: 'nothing is read from replicas, although useReplicas is set',
};

/** Chooses a key of the plugin `cache`, in a slot of the server. */
function chooseKey({ owns }: RespServer, prefix: string): string {
  for (let attempt = 0; ; attempt++) {
    const key = `${prefix}cache:doctor-${randomBytes(8).toString('hex')}`;
    // A node with very few slots may not be found by chance; the search is then given up.
    if (!owns || owns(key) || attempt > 100_000) return key;
  }
}

/** Removes the key as the cache does: by UNLINK, or by DEL where UNLINK is refused. */
async function remove({ session }: RespServer, key: string, { usesUnlink }: Examination): Promise<Refused | undefined> {
  const commands = usesUnlink ? ['UNLINK', 'DEL'] : ['DEL'];
  let refusal: string | undefined;
  for (const command of commands) {
    const next = refusalOf(await session.ask(command, key));
    if (next === undefined) return undefined;
    refusal ??= next;
  }
  const right = usesUnlink ? 'unlink' : 'del';
  return { right, words: [right, key], severity: 'error', without: 'nothing can be deleted', refusal: refusal ?? '' };
}

function addRefused(
  { name: server, kind }: RespServer,
  refused: Refused,
  { findings, store, prefix }: Examination,
): void {
  const { refusal, right, severity, without } = refused;
  const command = right.toUpperCase();
  if (missingRightOf(refusal) === 'command') {
    findings.add({
      ...{ id: 'acl.missing', severity, server, title: `The user may not send ${command}` },
      detail: `${command} was refused (NOPERM). Without it ${without}.`,
      fix: `Give the user the right +${right}: ACL SETUSER <user> +${right}. The README of the store lists all rights.`,
    });
  } else if (missingRightOf(refusal) === 'key') {
    // `checkRights` has already reported missing rights to keys, for all commands together.
  } else if (isUnknownCommand(refusal)) {
    findings.add({
      ...{
        id: 'command.missing',
        severity: right === 'ping' ? 'info' : severity,
        server,
        title: `The server does not know ${command}`,
      },
      detail: `The server, or a proxy before it, refused ${command} as unknown, or closed the connection at it. Without it ${without}.`,
      fix:
        command === 'GET' || command === 'SET'
          ? `If this is a sentinel, list it under backend.cache.${store}.sentinel.rootNodes; else check which server is at this port.`
          : 'Allow the command in the proxy, undo rename-command at the server, or live without what it is for.',
    });
  } else if (/^(?:MOVED|ASK|CROSSSLOT)$/.test(wordOf(refusal))) {
    if (kind === 'single')
      findings.add({ ...notConfigured(store, 'it redirects keys to other nodes (MOVED)'), server });
  } else {
    const meaning = meaningOf(refusal);
    findings.add({
      ...(meaning ?? {
        ...{ id: 'connect.failed', severity, title: `The server refuses ${command}` },
        detail: `${command} was refused (${wordOf(refusal)}) for a key that begins with '${prefix}cache:'. Without it ${without}.`,
        fix: 'Look for the reason in the log of the server or proxy.',
      }),
      server,
    });
  }
}

/** Finding for a cluster that is configured as a single server. */
export function notConfigured(store: string, seen: string) {
  return {
    ...{ id: 'cluster.not-configured' as const, severity: 'error' as const, title: 'The server is part of a cluster' },
    detail: `The configuration has a single server, and ${seen}: what belongs to other nodes is a miss.`,
    fix: `List the nodes under backend.cache.${store}.cluster.rootNodes.`,
  };
}

/** Plugins that most backends have. */
const COMMON_PLUGINS = [
  'catalog',
  'techdocs',
  'auth',
  'kubernetes',
  'search',
  'scaffolder',
  'permission',
  'proxy',
  'events',
];

/** Reports that the user may not use the doctor's key, unless it has patterns for single plugins, which is allowed. */
async function addMissingKeys(server: RespServer, key: string, examination: Examination): Promise<void> {
  const { findings, prefix, pluginIds } = examination;
  const ids = [...new Set([...pluginIds, ...COMMON_PLUGINS])];
  const suffix = key.slice(`${prefix}cache:`.length);
  const answers = await Promise.all(ids.map(id => server.session.ask('GET', `${prefix}${id}:${suffix}`)));
  const allowed = ids.filter((_, index) => {
    const answer = answers[index];
    return answer !== undefined && 'reply' in answer && missingRightOf(refusalOf(answer) ?? '') !== 'key';
  });
  if (allowed.length > 0) {
    findings.notChecked({
      ...{ server: server.name, command: `SET ${prefix}cache:doctor-...`, right: `~${prefix}cache:*` },
      about: 'all rights on a key of the doctor',
      reason: `the user has key patterns for single plugins, such as ${allowed.slice(0, 3).join(', ')}, and none for it`,
    });
    return;
  }
  findings.add({
    ...{
      id: 'acl.missing',
      severity: 'error',
      server: server.name,
      title: 'The user may not use the keys of the cache',
    },
    detail: `Keys that begin with '${prefix}' were refused (NOPERM), for '${prefix}cache:' and for those of common plugins. Their operations are all misses.`,
    fix:
      prefix === ''
        ? 'Without a namespace the user needs ~*, or a pattern for each plugin, such as ~catalog:*. If its pattern is that of a namespace, set client.namespace to it.'
        : `Give the user the key pattern ~${prefix}*, or set client.namespace to the one that its pattern is for.`,
  });
}

function addReadOnlyKeys(
  { name: server }: RespServer,
  rights: readonly string[],
  { findings, prefix }: Examination,
): void {
  findings.add({
    ...{
      id: 'acl.missing',
      severity: 'error',
      server,
      title: 'The user may read the keys of the cache, and not write them',
    },
    detail: `${[...new Set(rights)].join(', ').toUpperCase()} were refused for '${prefix}cache:' (NOPERM), and GET was not, so nothing is stored.`,
    fix: `Give the user the key pattern ~${prefix}*, in place of %R~${prefix}*.`,
  });
}

/** The refusal in an answer. Some proxies close the connection when they do not know a command, which counts as one. */
function refusalOf(answer: Answer | undefined): string | undefined {
  if (answer && 'lost' in answer) return answer.lost === 'closed' ? 'ERR unknown command' : undefined;
  return answer && 'reply' in answer && isRefusal(answer.reply) ? answer.reply.refusal : undefined;
}

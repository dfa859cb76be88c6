import { accessOf } from '@greenroom/redis-common';
import type { SentinelTopology, ServerNode } from '@greenroom/redis-common';
import { clean } from '../link/endpoint';
import { isRefusal, listOf } from '../link/reply';
import type { Answer } from '../link/respLink';
import { enterServer } from '../resp/enterServer';
import type { Examination } from '../resp/examination';
import { isUnknownCommand, missingRightOf } from '../resp/refusals';
import { checkSingle } from './checkSingle';
import { toEndpoint } from './toEndpoint';

/** Checks the sentinels, and the master that they name. */
export async function checkSentinels(topology: SentinelTopology, examination: Examination): Promise<void> {
  const masters = topology.rootNodes.map(node => findMaster(node, topology, examination));
  // The master named by the first answer is checked while the other sentinels are still asked.
  const first = await Promise.any(
    masters.map(async master => (await master) ?? Promise.reject(new Error('unknown'))),
  ).catch(() => undefined);
  if (first) await checkSingle({ ...topology.access, ...first }, examination);
  const found = (await Promise.all(masters)).filter(master => master !== undefined);
  const names = new Set(found.map(({ host, port }) => `${clean(host)}:${port}`));
  if (names.size > 1) {
    examination.findings.add({
      ...{ id: 'sentinel.name', severity: 'error', title: 'The sentinels name different masters' },
      detail: `They name ${[...names].join(' and ')}. Either a failover is going on, or they do not watch the same servers.`,
      fix: 'Ask again in a minute. If it stays, look at SENTINEL MASTERS at each sentinel.',
    });
  }
}

async function findMaster(node: ServerNode, topology: SentinelTopology, examination: Examination) {
  const { database: _database, ...access } = { ...topology.sentinelAccess, ...accessOf(node) };
  const endpoint = toEndpoint(node, access);
  // If there are several sentinels, the cache works without one of them.
  const severity = topology.rootNodes.length > 1 ? 'warning' : 'error';
  const session = await enterServer(endpoint, access, examination, severity);
  if (!session) return undefined;
  const answer = await session.ask('SENTINEL', 'get-master-addr-by-name', topology.name);
  session.close();
  const [host, port] = 'reply' in answer ? listOf(answer.reply) : [];
  if (typeof host === 'string') return { host, port: Number(port) };
  examination.findings.add({ ...explain(answer, clean(topology.name), examination.store), server: endpoint.name });
  return undefined;
}

function explain(answer: Answer, name: string, store: string) {
  const refusal = 'reply' in answer && isRefusal(answer.reply) ? answer.reply.refusal : '';
  if (missingRightOf(refusal)) {
    return {
      ...{ id: 'acl.missing' as const, severity: 'error' as const, title: 'The user may not ask the sentinel' },
      detail: 'SENTINEL get-master-addr-by-name was refused (NOPERM), so the master is not found.',
      fix: 'Give the user at the sentinels the rights +sentinel|get-master-addr-by-name +sentinel|master.',
    };
  }
  if (isUnknownCommand(refusal)) {
    return {
      ...{ id: 'command.missing' as const, severity: 'error' as const, title: 'The server is not a sentinel' },
      detail: 'It does not know SENTINEL.',
      fix: `List sentinels, mostly at port 26379, under backend.cache.${store}.sentinel.rootNodes, and not the servers themselves.`,
    };
  }
  if ('lost' in answer) {
    return {
      ...{
        id: 'connect.failed' as const,
        severity: 'error' as const,
        title: 'The sentinel does not say where the master is',
      },
      detail: `The connection was lost at SENTINEL get-master-addr-by-name (${answer.lost}).`,
      fix: 'Check that this is a sentinel, and look at its log.',
    };
  }
  return {
    ...{ id: 'sentinel.name' as const, severity: 'error' as const, title: `The sentinel knows no master '${name}'` },
    detail: 'It was asked for the master by this name and knows none, so the cache cannot connect.',
    fix: `Write the name that SENTINEL MASTERS lists as backend.cache.${store}.sentinel.name.`,
  };
}

import type { StandaloneTopology } from '@greenroom/redis-common';
import { isRefusal, listOf, textOf } from '../link/reply';
import type { Session } from '../link/session';
import type { Severity } from '../report/findings';
import { checkServer } from '../resp/checkServer';
import { enterServer } from '../resp/enterServer';
import type { Examination } from '../resp/examination';
import type { Facts } from '../resp/facts';
import { modeOf } from '../resp/identity';
import { notConfigured } from '../resp/rights';
import { toEndpoint } from './toEndpoint';

/** Checks one server, which must not be part of a cluster. Resolves to whether the login succeeded. */
export async function checkSingle(
  node: StandaloneTopology['node'],
  examination: Examination,
  severity?: Severity,
): Promise<boolean> {
  const endpoint = toEndpoint(node, node);
  const session = await enterServer(endpoint, node, examination, severity);
  if (!session) return false;
  const server = { name: endpoint.name, session, kind: 'single' } as const;
  try {
    await checkMode(session, server.name, await checkServer(server, examination), examination);
  } finally {
    session.close();
  }
  return true;
}

async function checkMode(
  session: Session,
  server: string,
  facts: Facts,
  { findings, store }: Examination,
): Promise<void> {
  const mode = modeOf(facts);
  if (mode === 'sentinel') {
    findings.add({
      ...{ id: 'command.missing', severity: 'error', server, title: 'The server is a sentinel' },
      detail: 'It tells where the master is, and holds no entries: it knows neither GET nor SET.',
      fix: `List it under backend.cache.${store}.sentinel.rootNodes, with the name of the master.`,
    });
  }
  if (mode !== 'cluster') return;
  const slots = await session.ask('CLUSTER', 'SLOTS');
  const ranges = 'reply' in slots && !isRefusal(slots.reply) ? listOf(slots.reply) : [];
  const masters = new Set(ranges.map(range => listOf(listOf(range)[2]).slice(0, 2).map(textOf).join(':')));
  findings.add({
    ...notConfigured(
      store,
      masters.size > 1 ? `this cluster has ${masters.size} masters` : 'it says that it is in cluster mode',
    ),
    // A single node with all slots works until the cluster gets a second one.
    ...(masters.size === 1 && { severity: 'warning' as const }),
    server,
  });
}

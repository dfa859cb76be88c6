import type { RespLink } from '../link/respLink';
import type { Deadline } from '../link/deadline';
import { addLatency, measureRoundTrips } from '../report/latency';
import type { Examination, RespServer } from './examination';

/** Measures round trips on a connection of its own. */
export async function checkLatency(
  { name: server, session }: RespServer,
  { findings, deadline, commandTimeoutMs }: Pick<Examination, 'findings' | 'deadline' | 'commandTimeoutMs'>,
): Promise<void> {
  const link = await session.open();
  if (!link) return;
  addLatency(findings, server, await measureRoundTrips(() => ping(link, deadline)), commandTimeoutMs);
  link.close();
}

async function ping(link: RespLink, deadline: Deadline): Promise<boolean> {
  return 'reply' in (await link.send(['PING'], deadline.left()));
}

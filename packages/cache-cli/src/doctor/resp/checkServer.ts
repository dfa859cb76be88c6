import { textOf } from '../link/reply';
import type { RespLink } from '../link/respLink';
import { watchIdle } from '../link/watchIdle';
import { addWatchedIdle, checkClients } from './clients';
import { checkClock } from './clock';
import { checkEntries } from './entries';
import type { Examination, RespServer } from './examination';
import { readFacts } from './facts';
import type { Facts } from './facts';
import { checkIdentity } from './identity';
import { checkLatency } from './latency';
import { checkMemory } from './memory';
import { checkPersistence } from './persistence';
import { checkRights } from './rights';

/** Runs all checks of one Redis or Valkey server that accepts the cache's login. Resolves to what the server tells about itself. */
export async function checkServer(server: RespServer, examination: Examination): Promise<Facts> {
  const { findings, deadline, progress } = examination;
  const idle = watchIdle(await openQuiet(server, examination), deadline);
  const latency = checkLatency(server, examination);
  progress(`asking ${server.name}`);
  const facts = await readFacts(server);
  checkIdentity(server, facts, examination);
  checkMemory(server, facts, examination);
  checkPersistence(server, facts, examination);
  checkClients(server, facts, examination);
  await Promise.all([
    latency,
    checkRights(server, examination),
    checkClock(server, examination),
    checkEntries(server, facts, examination),
  ]);
  // On a direct connection only the server itself, by its `timeout`, closes idle connections, so the watch is not needed.
  const timeout = facts.config?.get('timeout');
  if (timeout !== undefined && (await isDirect(server, examination))) idle.stop();
  const seconds = await idle.seconds;
  if (seconds !== undefined && !(Number(timeout ?? 0) > 0)) {
    await addWatchedIdle(findings, server.name, seconds, () => server.session.open());
  }
  return facts;
}

/** Opens a connection that sends nothing after its first ping has been answered. */
async function openQuiet({ session }: RespServer, { deadline }: Examination): Promise<RespLink | undefined> {
  const link = await session.open();
  const ping = await link?.send(['PING'], deadline.left());
  return ping && 'reply' in ping ? link : undefined;
}

/** Whether the server sees this end's own address, which means that no proxy is in between. */
async function isDirect({ session }: RespServer, { deadline }: Examination): Promise<boolean> {
  const link = await session.open();
  if (!link) return false;
  const answer = await link.send(['CLIENT', 'INFO'], Math.min(500, deadline.left()));
  link.close();
  return 'reply' in answer && textOf(answer.reply).includes(` addr=${link.localName} `);
}

import { watchIdle } from '../link/watchIdle';
import { addIdle, checkClients } from './clients';
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

/** All questions to one server of Redis or Valkey that lets the cache in. Resolves to what it told about itself. */
export async function checkServer(server: RespServer, examination: Examination): Promise<Facts> {
  const { findings, progress } = examination;
  const idle = watch(server, examination);
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
  const seconds = await idle;
  // What the server says of itself is more exact.
  const isKnown = Number(facts.config?.get('timeout') ?? 0) > 0;
  if (seconds !== undefined && !isKnown) addIdle(findings, server.name, seconds);
  return facts;
}

async function watch({ session }: RespServer, { deadline }: Examination): Promise<number | undefined> {
  const link = await session.open();
  if (!link || 'lost' in (await link.send(['PING'], deadline.left()))) return undefined;
  return watchIdle(link, deadline);
}

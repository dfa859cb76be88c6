// Runs one scenario on one cache, in its own process, and prints the measurements as JSON.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { CacheService } from '@backstage/backend-plugin-api';
import { createFaultProxy, measureOutage } from '@greenroom/cache-core/testing';
import type { Fault, FaultProxy } from '@greenroom/cache-core/testing';
import { startMemcached, startRedis, startValkey } from '@greenroom/test-servers';
import type { TestServer } from '@greenroom/test-servers';
import { countConnections, readServerVersion } from '../serverInformation';
import { openSubject } from './openSubject';
import type { OpenedSubject } from './openSubject';
import type { Result, Scenario, Store, Subject } from './scenario';

const starters = { redis: startRedis, valkey: startValkey, memcache: startMemcached };
/** Time in ms after which an operation counts as hanging. */
const CUT_OFF_MS = 10_000;

const [subject, store, scenario] = process.argv.slice(2) as [Subject, Store, Scenario];
const server = await starters[store]();
const proxy = await createFaultProxy(server);
const { host, port } = proxy.address;
if (scenario.startsWith('down')) proxy.refuse();
const serverVersion = await readServerVersion(server, store);
const opened = openSubject(subject, store, store === 'memcache' ? `${host}:${port}` : `redis://${host}:${port}`);

let uncaught = 0;
process.on('uncaughtException', () => void uncaught++).on('unhandledRejection', () => void uncaught++);
const measures = await measure(opened, server, proxy).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
const result: Result = { ...measures, serverVersion, uncaught, logLines: opened.logLines() };
await server.stop();
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit());

async function measure(cacheOf: OpenedSubject, to: TestServer, network: FaultProxy) {
  const heal = () => network.heal();
  const outage = (fault: Fault, lengthMs: number, inFlight = 20) => measureFault(cacheOf, fault, lengthMs, inFlight);
  switch (scenario) {
    case 'down at the start, 3 s':
      return measureStart(cacheOf, network);
    case 'refuses connections, 3 s':
      return outage({ begin: () => network.refuse(), end: heal }, 3000);
    case 'killed, 3 s':
      return outage({ begin: () => to.kill(), end: () => to.start() }, 3000);
    case 'frozen, 5 s':
      return outage({ begin: () => to.freeze(), end: () => to.thaw() }, 5000);
    case 'old connections silent, new ones work':
      return outage({ begin: () => network.blackHole('old'), end: heal }, 0);
    case 'network swallows everything, 5 s':
      return outage({ begin: () => network.blackHole('all'), end: heal }, 5000);
    case 'replies 2 s late, 5 s':
      return outage({ begin: () => network.damage({ delayMs: 2000 }), end: heal }, 5000);
    case 'replies cut, 3 s':
      return outage({ begin: () => network.damage('cut'), end: heal }, 3000);
    case 'replies garbage, 3 s':
      return outage({ begin: () => network.damage('garbage'), end: heal }, 3000);
    case 'frozen 5 s, 5,000 operations in flight':
      return outage({ begin: () => to.freeze(), end: () => to.thaw() }, 5000, 5000);
    case 'refuses connections, 5,000 sets of 10 KB':
      return measureHeap(await cacheOf.forPlugin('catalog'), network);
    case '50 plugins':
      return measureConnections(cacheOf);
  }
}

async function measureFault(cacheOf: OpenedSubject, fault: Fault, lengthMs: number, inFlight: number) {
  const outage = await measureOutage(await cacheOf.forPlugin('catalog'), { fault, lengthMs, inFlight });
  const { longestMs, medianLaterMs, unsettled, rejected, staleReads, wrongReads } = outage;
  const recoveredMs = lengthMs === 0 ? outage.usableAfterMs : outage.recoveredAfterMs;
  return {
    ...{ longestMs, unsettled, rejected, staleReads, wrongReads },
    ...(lengthMs > 1000 && { medianLaterMs }),
    ...(recoveredMs !== undefined && { recoveredMs }),
  };
}

async function measureStart(cacheOf: OpenedSubject, to: FaultProxy) {
  const cache = await cacheOf.forPlugin('catalog');
  const startedAtMs = performance.now();
  const operations = [cache.get('key'), cache.set('key', 1), cache.delete('key')].map(async operation => {
    const outcome = await Promise.race([operation.then(() => 'settled'), sleep(3000, 'hangs')]).catch(() => 'rejected');
    return { outcome, tookMs: performance.now() - startedAtMs };
  });
  const outcomes = await Promise.all(operations);
  await sleep(Math.max(0, 3000 - (performance.now() - startedAtMs)));
  await to.heal();
  const healedAtMs = performance.now();
  const count = (wanted: string) => outcomes.filter(({ outcome }) => outcome === wanted).length;
  const isBack = await untilUsed(cache, healedAtMs);
  return {
    longestMs: Math.max(...outcomes.map(({ tookMs }) => tookMs)),
    unsettled: count('hangs'),
    rejected: count('rejected'),
    ...(isBack && { recoveredMs: performance.now() - healedAtMs }),
  };
}

async function untilUsed(cache: CacheService, sinceMs: number): Promise<boolean> {
  while (performance.now() - sinceMs < CUT_OFF_MS) {
    const used = (async () => {
      await cache.set('recovered', 'value');
      return (await cache.get('recovered')) === 'value';
    })().catch(() => false);
    if (await Promise.race([used, sleep(CUT_OFF_MS, false)])) return true;
    await sleep(10);
  }
  return false;
}

async function measureHeap(cache: CacheService, to: FaultProxy) {
  await untilUsed(cache, performance.now());
  to.refuse();
  await sleep(500);
  const before = usedHeap();
  const sets = Array.from({ length: 5000 }, (_, index) =>
    cache.set(`key-${index}`, randomBytes(5000).toString('hex')).catch(() => {}),
  );
  await Promise.race([Promise.all(sets), sleep(2000)]);
  sets.length = 0;
  await sleep(100);
  return { heapMegabytes: (usedHeap() - before) / 1024 / 1024 };
}

/** Used heap in bytes, after a garbage collection. */
function usedHeap(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

async function measureConnections(cacheOf: OpenedSubject) {
  const before = await countConnections(server, store);
  const caches = await Promise.all(Array.from({ length: 50 }, (_, index) => cacheOf.forPlugin(`plugin-${index}`)));
  await Promise.all(caches.map(cache => cache.set('key', 1)));
  await Promise.all(caches.map(cache => cache.get('key')));
  return { connections: (await countConnections(server, store)) - before };
}

import { measureClear } from './measureClear';
import { measureFrozen } from './measureFrozen';
import { measureGrowth } from './measureGrowth';
import { measureImports } from './measureImports';
import { measureLargeStores } from './measureLargeStores';
import { measureMemory } from './measureMemory';
import { measureNear } from './measureNear';
import { measureReadThrough } from './measureReadThrough';
import { measureReadiness } from './measureReadiness';
import { measureThroughput } from './measureThroughput';
import { stores } from './openSubject';
import type { Store } from './openSubject';
import type { Plan } from './plan';
import type { Found, Measured } from './results';
import type { Section } from './sections';
import { startServer } from './startServer';

/** Measures some sections, one after the other. */
export async function measureSections(
  wanted: readonly Section[],
  plan: Plan,
  report: (what: string) => void,
): Promise<Found> {
  const measure = async <Result>(section: Section, run: () => Promise<Result>) =>
    wanted.includes(section) ? run() : undefined;
  const throughput: Measured[] = [];
  for (const store of [...stores, 'none'] as const) {
    throughput.push(...((await measure('throughput', () => measureStore(store, plan, report))) ?? []));
  }
  const growth = await measure('growth', () => measureGrowth(plan, report));
  const readThrough = await measure('readThrough', () => measureReadThrough(plan, report));
  const frozen = await measure('frozen', () => measureFrozen(plan, report));
  const near = await measure('near', () => measureNear(plan, report));
  const readiness = await measure('readiness', () => {
    report('readiness');
    return measureReadiness(['redis', 'valkey', 'memcache'], plan.processRounds);
  });
  const imports = await measure('imports', () => {
    report('imports');
    return measureImports(plan.processRounds);
  });
  const memory = await measure('memory', () => measureMemory(plan, report));
  const largeStores = await measure('largeStores', () => {
    report('stores with many keys, and a cluster');
    return measureLargeStores(plan);
  });
  const cleared = await measure('clear', () => {
    report('clear');
    return measureClear(plan.processRounds);
  });
  return {
    throughput,
    ...(growth ?? { bursts: [], callers: [], plugins: [] }),
    ...(readThrough ?? { hits: [], stampedes: [] }),
    frozen: frozen ?? [],
    near: near ?? { hot: [], mixed: [], memory: [] },
    readiness: readiness ?? [],
    imports: imports ?? [],
    ...(memory ?? { memory: [] }),
    ...{ rounds: plan.rounds, trialMs: plan.trialMs, memoryEntries: plan.memoryEntries },
    ...(largeStores && { largeStores }),
    ...(cleared && { cleared }),
  };
}

/** The section that has measured this kind. */
export function sectionOf(kind: Measured, found: Found): Section | undefined {
  const kinds: Readonly<Partial<Record<Section, readonly Measured[]>>> = {
    throughput: found.throughput,
    growth: [...found.bursts, ...found.callers, ...found.plugins],
    readThrough: found.hits,
    frozen: found.frozen,
    near: found.near.hot,
    largeStores: found.largeStores?.measured ?? [],
  };
  return (Object.keys(kinds) as Section[]).find(section => kinds[section]?.includes(kind));
}

async function measureStore(store: Store, plan: Plan, report: (what: string) => void): Promise<readonly Measured[]> {
  if (plan.only?.every(kind => kind.store !== store)) return [];
  if (store === 'memory' || store === 'none') return measureThroughput(store, undefined, plan, report);
  const server = await startServer(store);
  try {
    return await measureThroughput(store, server, plan, report);
  } finally {
    await server.stop();
  }
}

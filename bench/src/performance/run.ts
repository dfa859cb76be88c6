// Measures Greenroom beside others, prints the tables, and fails when a bound is not held: `run.ts [--quick] [--only <sections>]`.
import { mkdir } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { holds, listChecks } from './checks';
import { listVersions } from './listVersions';
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
import { fullPlan, quickPlan } from './plan';
import { renderTables } from './renderTables';
import type { Measured, Results } from './results';
import { readOnly, sections } from './sections';
import type { Section } from './sections';
import { startServer } from './startServer';
import { stores } from './openSubject';
import type { Store } from './openSubject';
import { writePage } from './writePage';

const isQuick = process.argv.includes('--quick');
const plan = isQuick ? quickPlan : fullPlan;
const only = readOnly(process.argv);
const wanted = only ?? sections.filter(name => plan.large || (name !== 'largeStores' && name !== 'clear'));
const startedAtMs = performance.now();

const results = await measureAll();
const folder = fileURLToPath(new URL(isQuick || only ? '../../results' : '../../../docs', import.meta.url));
await mkdir(folder, { recursive: true });
await writePage(results, folder);
for (const [name, table] of Object.entries(renderTables(results))) console.log(`\n## ${name}\n\n${table}`);
report(`wrote ${join(folder, 'benchmarks.md')}`);
const failed = listChecks(results).filter(check => check.gates && !holds(check));
if (failed.length > 0) {
  console.error(`\n${failed.length} bounds are not held`);
  process.exitCode = 1;
}

async function measureAll(): Promise<Results> {
  const versions = await listVersions();
  const throughput: Measured[] = [];
  for (const store of [...stores, 'none'] as const) {
    throughput.push(...((await measure('throughput', () => measureStore(store))) ?? []));
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
    date: new Date().toISOString().slice(0, 10),
    machine: describeMachine(),
    ...{ versions, throughput },
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

async function measure<Result>(section: Section, run: () => Promise<Result>): Promise<Result | undefined> {
  return wanted.includes(section) ? run() : undefined;
}

async function measureStore(store: Store): Promise<readonly Measured[]> {
  if (store === 'memory' || store === 'none') return measureThroughput(store, undefined, plan, report);
  const server = await startServer(store);
  try {
    return await measureThroughput(store, server, plan, report);
  } finally {
    await server.stop();
  }
}

function describeMachine(): string {
  const [cpu] = cpus();
  return `${cpus().length} cores (${cpu?.model.trim()}), ${Math.round(totalmem() / 1024 ** 3)} GiB`;
}

function report(what: string): void {
  const seconds = Math.round((performance.now() - startedAtMs) / 1000);
  process.stderr.write(`[${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}] ${what}\n`);
}

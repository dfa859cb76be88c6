// Measures Greenroom beside others, prints the tables, and fails when a bound is not held: `run.ts [--quick]`.
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
import { measureReadThrough } from './measureReadThrough';
import { measureReadiness } from './measureReadiness';
import { measureThroughput } from './measureThroughput';
import { fullPlan, quickPlan } from './plan';
import { renderTables } from './renderTables';
import type { Measured, Results } from './results';
import { startServer } from './startServer';
import { stores } from './openSubject';
import type { Store } from './openSubject';
import { writePage } from './writePage';

const isQuick = process.argv.includes('--quick');
const plan = isQuick ? quickPlan : fullPlan;
const startedAtMs = performance.now();

const results = await measureAll();
const folder = fileURLToPath(new URL(isQuick ? '../../results' : '../../../docs', import.meta.url));
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
  for (const store of [...stores, 'none'] as const) throughput.push(...(await measureStore(store)));
  const growth = await measureGrowth(plan, report);
  const readThrough = await measureReadThrough(plan, report);
  const frozen = await measureFrozen(plan, report);
  report('readiness');
  const readiness = await measureReadiness(['redis', 'valkey', 'memcache'], plan.processRounds);
  report('imports');
  const imports = await measureImports(plan.processRounds);
  const memory = await measureMemory(plan, report);
  if (plan.large) report('stores with many keys, and a cluster');
  const largeStores = plan.large ? await measureLargeStores(plan) : undefined;
  if (plan.large) report('clear');
  const cleared = plan.large ? await measureClear(plan.processRounds) : undefined;
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: describeMachine(),
    ...{ versions, throughput, readiness, imports, ...growth, ...readThrough, frozen, ...memory },
    ...{ rounds: plan.rounds, trialMs: plan.trialMs, memoryEntries: plan.memoryEntries },
    ...(largeStores && { largeStores }),
    ...(cleared && { cleared }),
  };
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

// Compares Greenroom with others, prints the tables, and fails when a bound is missed: `run.ts [--quick] [--only <sections>]`.
import { mkdir } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { holds, listChecks, listFirstChecks } from './checks';
import { listVersions } from './listVersions';
import { measureAgain } from './measureAgain';
import { measureSections, sectionOf } from './measureSections';
import { fullPlan, quickPlan, toPlanAgain } from './plan';
import { renderTables } from './renderTables';
import type { Measured, Results } from './results';
import { readOnly, sections } from './sections';
import type { Check } from './toChecks';
import { writePage } from './writePage';

const isQuick = process.argv.includes('--quick');
const plan = isQuick ? quickPlan : fullPlan;
const only = readOnly(process.argv);
const wanted = only ?? sections.filter(name => plan.large || (name !== 'largeStores' && name !== 'clear'));
const startedAtMs = performance.now();

const versions = await listVersions();
const found = await measureSections(wanted, plan, report);
const results: Results = {
  ...found,
  date: new Date().toISOString().slice(0, 10),
  machine: describeMachine(),
  versions,
  again: await measureAgain(listFirstChecks(found), measureKinds),
};
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

/** Measures kinds that have missed a bound again, in the same section, but only the subjects that are compared. */
async function measureKinds(kinds: readonly Measured[]): Promise<readonly Check[]> {
  const [kind] = kinds;
  const section = kind && sectionOf(kind, found);
  if (kind) report(`${kind.store}: ${kind.operation}, ${kind.size}, again`);
  return listFirstChecks(
    await measureSections(section ? [section] : [], { ...toPlanAgain(plan), only: kinds }, () => {}),
  );
}

function describeMachine(): string {
  const [cpu] = cpus();
  return `${cpus().length} cores (${cpu?.model.trim()}), ${Math.round(totalmem() / 1024 ** 3)} GiB`;
}

function report(what: string): void {
  const seconds = Math.round((performance.now() - startedAtMs) / 1000);
  process.stderr.write(`[${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}] ${what}\n`);
}

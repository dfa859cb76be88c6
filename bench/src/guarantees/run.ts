// Measures every scenario on every store, for the built-in cache of Backstage and for Greenroom, and how old reads of near caches can be,
// and writes the tables. With `--near` it measures only the latter.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { readTemplate } from '../readTemplate';
import { writeMarkdown } from '../writeMarkdown';
import { renderGuarantees, renewStaleness } from './renderGuarantees';
import type { Measured } from './renderGuarantees';
import { scenarios, stores, subjects } from './scenario';
import type { Result, Scenario, Store, Subject } from './scenario';
import type { MeasuredStaleness } from './staleness';

const run = promisify(execFile);
const pathOf = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const isNearOnly = process.argv.includes('--near');
const measured: Measured[] = [];
const staleness: MeasuredStaleness[] = [];
const total = scenarios.length * stores.length * subjects.length;

for (const scenario of isNearOnly ? [] : scenarios) {
  for (const subject of subjects) {
    process.stderr.write(`[${measured.length}/${total}] ${scenario}: ${subject}\n`);
    // The stores are measured at the same time, as the processes mostly wait.
    measured.push(...(await Promise.all(stores.map(store => measure(scenario, store, subject)))));
  }
}

for (const store of stores) {
  process.stderr.write(`old reads with a near cache: ${store}\n`);
  staleness.push(...(await measureStaleness(store)));
}

async function measure(scenario: Scenario, store: Store, subject: Subject): Promise<Measured> {
  return { scenario, store, subject, result: (await runProgram('./measure.ts', subject, store, scenario)) as Result };
}

async function measureStaleness(store: Store): Promise<readonly MeasuredStaleness[]> {
  return (await runProgram('./measureStaleness.ts', store)) as MeasuredStaleness[];
}

/** Runs a program. Returns the JSON value in the last line of its output. */
async function runProgram(file: string, ...args: readonly string[]): Promise<unknown> {
  const { stdout, stderr } = await run(process.execPath, ['--import', 'tsx', pathOf(file), ...args], {
    timeout: 120_000,
    killSignal: 'SIGKILL',
  });
  process.stderr.write(stderr);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
}

const versionOf = (name: string) =>
  (createRequire(import.meta.url)(`${name}/package.json`) as { version: string }).version;
const about = [
  new Date().toISOString().slice(0, 10),
  `Node ${process.versions.node}`,
  `${cpus().length} cores`,
  ...stores.map(store => measured.find(one => one.store === store)?.result.serverVersion ?? store),
  `built-in cache of @backstage/backend-defaults ${versionOf('@backstage/backend-defaults')}`,
].join(', ');
const template = await readTemplate(pathOf('./guarantees.template.md'));
const path = pathOf('../../../docs/guarantees.md');
const page = isNearOnly
  ? renewStaleness(await readFile(path, 'utf8'), template, staleness)
  : renderGuarantees(template, measured, staleness, about);
await writeMarkdown(path, page);
process.stderr.write('docs/guarantees.md is written\n');

// Measures every scenario on every store, for the built-in cache of Backstage and for Greenroom, and writes the table.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { writeMarkdown } from '../writeMarkdown';
import { renderGuarantees } from './renderGuarantees';
import type { Measured } from './renderGuarantees';
import { scenarios, stores, subjects } from './scenario';
import type { Result, Scenario, Store, Subject } from './scenario';

const run = promisify(execFile);
const pathOf = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const measured: Measured[] = [];
const total = scenarios.length * stores.length * subjects.length;

for (const scenario of scenarios) {
  for (const subject of subjects) {
    process.stderr.write(`[${measured.length}/${total}] ${scenario}: ${subject}\n`);
    // They mostly wait.
    measured.push(...(await Promise.all(stores.map(store => measure(scenario, store, subject)))));
  }
}

async function measure(scenario: Scenario, store: Store, subject: Subject): Promise<Measured> {
  const args = ['--import', 'tsx', pathOf('./measure.ts'), subject, store, scenario];
  const { stdout } = await run(process.execPath, args, { timeout: 120_000, killSignal: 'SIGKILL' });
  return { scenario, store, subject, result: JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Result };
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
const template = await readFile(pathOf('./guarantees.template.md'), 'utf8');
await writeMarkdown(pathOf('../../../docs/guarantees.md'), renderGuarantees(template, measured, about));
process.stderr.write('docs/guarantees.md is written\n');

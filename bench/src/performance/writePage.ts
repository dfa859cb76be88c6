import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readTemplate } from '../readTemplate';
import { writeMarkdown } from '../writeMarkdown';
import { createCharts } from './charts/createCharts';
import { renderTables } from './renderTables';
import type { Results } from './results';

/** Writes `benchmarks.md` and its pictures into a folder. */
export async function writePage(results: Results, folder: string): Promise<void> {
  const { date, versions, machine, memoryEntries, rounds, trialMs } = results;
  const charts = createCharts(results);
  const plots = charts.map(({ name, title }) => [`${name}Plot`, `![${title}](benchmarks/${name}.svg)`] as const);
  const parts: Readonly<Record<string, string>> = {
    ...renderTables(results),
    ...Object.fromEntries(plots),
    about: `${date}, ${machine}, ${versions.join(', ')}; ${rounds} rounds of ${trialMs} ms`,
    memoryEntries: memoryEntries.toLocaleString('en'),
  };
  const template = await readTemplate(new URL('./benchmarks.template.md', import.meta.url));
  const page = template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => parts[name] ?? '');
  await mkdir(join(folder, 'benchmarks'), { recursive: true });
  await writeMarkdown(join(folder, 'benchmarks.md'), page);
  for (const { name, picture } of charts) await writeFile(join(folder, 'benchmarks', `${name}.svg`), picture);
}

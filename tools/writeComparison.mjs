import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'prettier';
import { fillComparison } from './comparison.mjs';
import { rootFolder } from './pnpm.mjs';

// Writes the measured comparison into the README.
const read = path => readFileSync(join(rootFolder, path), 'utf8');
const pages = Object.fromEntries(['guarantees.md', 'benchmarks.md'].map(name => [name, read(`docs/${name}`)]));
const filled = fillComparison(read('README.md'), pages);
const settings = JSON.parse(read('.prettierrc.json'));
writeFileSync(join(rootFolder, 'README.md'), await format(filled, { parser: 'markdown', ...settings }));

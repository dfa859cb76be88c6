import { mkdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { installLines } from './installLines.mjs';
import { packPackages } from './packPackages.mjs';
import { rootFolder } from './pnpm.mjs';

// Packs all packages into a folder. Prints how to install the named ones, such as `cache-redis`, into an app.
const { values, positionals } = parseArgs({
  options: { folder: { type: 'string', default: join(rootFolder, 'packed') } },
  allowPositionals: true,
});
const names = positionals.length > 0 ? positionals : ['cache-backstage', 'cache-redis'];
rmSync(values.folder, { recursive: true, force: true });
mkdirSync(values.folder, { recursive: true });
const packed = await packPackages(values.folder);
console.log(`Packed into ${values.folder}:`);
for (const { filename } of packed) console.log(`  ${relative(values.folder, filename)}`);
console.log(`\nTo install ${names.join(' and ')}, run two lines in the root folder of your app:`);
const lines = installLines(
  packed,
  names.map(name => `@greenroom/${name}`),
);
for (const [manager, commands] of Object.entries(lines)) console.log(`\n${manager}:\n${commands.join('\n')}`);

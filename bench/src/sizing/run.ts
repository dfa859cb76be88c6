// Measures the size of entries in each store, and the number of connections that a process opens, and prints both as tables.
import { cpus, type as systemType } from 'node:os';
import { startMemcached, startRedis, startValkey } from '@greenroom/test-servers';
import { readServerVersion } from '../serverInformation';
import { measureConnections, measureMemcachedConnections } from './measureConnections';
import { stores, valueSizes } from './measureEntries';

const number = new Intl.NumberFormat('en');
const toRow = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;

async function renderEntries(): Promise<string> {
  let table = toRow(['store', ...valueSizes.map(size => `${number.format(size)} B`)]);
  table += toRow(['---', ...valueSizes.map(() => '---:')]);
  for (const [store, measure] of Object.entries(stores)) {
    const cells: string[] = [];
    for (const size of valueSizes) cells.push(number.format(Math.round(await measure(size))));
    table += toRow([store, ...cells]);
  }
  return table;
}

async function renderConnections(): Promise<string> {
  let table = toRow(['servers', 'store', 'connections to each']);
  table += toRow(['---', '---', '---']);
  for (const store of ['redis', 'valkey'] as const) {
    for (const [name, counts] of Object.entries(await measureConnections(store))) {
      table += toRow([name, store, counts.join(', ')]);
    }
  }
  return table + toRow(['2 servers', 'memcache', (await measureMemcachedConnections()).join(', ')]);
}

async function readVersions(): Promise<readonly string[]> {
  const starters = { redis: startRedis, valkey: startValkey, memcache: startMemcached };
  const versions: string[] = [];
  for (const [store, start] of Object.entries(starters)) {
    const server = await start();
    versions.push(await readServerVersion(server, store as keyof typeof starters));
    await server.stop();
  }
  return versions;
}

process.stdout.write('Bytes of an entry, by the size of its value as JSON:\n\n');
process.stdout.write(`${await renderEntries()}\n`);
process.stdout.write(`Connections of one process with 20 plugins:\n\n${await renderConnections()}\n`);
const machine = [new Date().toISOString().slice(0, 10), `Node ${process.versions.node}`, systemType()];
process.stdout.write([...machine, `${cpus().length} cores`, ...(await readVersions())].join(', ') + '\n');

import { readFile } from 'node:fs/promises';
import { stores } from '../guarantees/scenario';
import { readServerVersion } from '../serverInformation';
import { startServer } from './startServer';

const packages = [
  '@backstage/backend-defaults',
  '@epic-web/cachified',
  '@keyv/memcache',
  '@keyv/redis',
  '@keyv/valkey',
  'bentocache',
  'cache-manager',
  'cacheable',
  'ioredis',
  'iovalkey',
  'keyv',
  'lru-cache',
  'memcached',
  'redis',
  'unstorage',
] as const;

/** Versions of Node, the servers and the measured packages. */
export async function listVersions(): Promise<readonly string[]> {
  const servers = await Promise.all(
    stores.map(async store => {
      const server = await startServer(store);
      const version = await readServerVersion(server, store);
      await server.stop();
      return `${version} (server)`;
    }),
  );
  // The file is read directly, as some packages do not export their package.json.
  const read = async (name: string) => {
    const text = await readFile(new URL(`../../node_modules/${name}/package.json`, import.meta.url), 'utf8');
    return `${name} ${(JSON.parse(text) as { version: string }).version}`;
  };
  return [`Node ${process.versions.node}`, ...servers, ...(await Promise.all(packages.map(read)))];
}

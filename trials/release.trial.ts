import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { packPackages } from '../tools/packPackages.mjs';
import { publishPackages } from '../tools/publishPackages.mjs';
import { backendPackages } from './packPackages';
import { runIn } from './packageManagers';

/** What npm sends when it publishes a package. */
interface Publication {
  readonly name: string;
  readonly access: string;
  readonly 'dist-tags': { readonly latest: string };
  readonly versions: Record<string, { readonly dependencies?: Record<string, string>; dist: { tarball: string } }>;
  readonly _attachments: Record<string, { readonly data: string }>;
}
interface Packed {
  readonly manifest: { readonly name: string; readonly version: string };
  readonly filename: string;
}

let folder: string;
let registry: Server;
let url: string;
let packed: readonly Packed[];
/** All publications, in order. */
const published: Publication[] = [];

/** An npm registry that has only what was published to it. */
async function startRegistry(): Promise<Server> {
  const server = createServer((request, response) => {
    void (async () => {
      const path = decodeURIComponent(request.url ?? '');
      if (request.method === 'PUT') {
        const publication = JSON.parse(await text(request)) as Publication;
        for (const [version, { dist }] of Object.entries(publication.versions)) {
          dist.tarball = `${url}/tarballs/${publication.name}/${version}`;
        }
        published.push(publication);
        return response.writeHead(201).end('{}');
      }
      const found = published.find(({ name }) => path === `/${name}` || path.startsWith(`/tarballs/${name}/`));
      if (!found) return response.writeHead(404).end('{}');
      if (path === `/${found.name}`) return response.end(JSON.stringify(found));
      const [attachment] = Object.values(found._attachments);
      return response.end(Buffer.from(attachment?.data ?? '', 'base64'));
    })();
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return server;
}

const publish = (...more: readonly string[]) => {
  const said: string[] = [];
  const settings = [`--registry=${url}`, `--${url.replace('http:', '')}/:_authToken=trial`, ...more];
  return publishPackages(packed, settings, (line: string) => said.push(line)).then(ids => ({
    ids,
    said: said.join('\n'),
  }));
};
const idOf = ({ manifest }: Packed) => `${manifest.name}@${manifest.version}`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'greenroom-release-'));
  registry = await startRegistry();
  url = `http://127.0.0.1:${(registry.address() as AddressInfo).port}`;
  packed = await packPackages(folder);
}, 300_000);
afterAll(async () => {
  registry.closeAllConnections();
  registry.close();
  await rm(folder, { recursive: true });
});

it('a dry run publishes nothing, and shows what it would publish', async () => {
  const { ids, said } = await publish('--dry-run');
  expect(ids).toEqual(packed.map(idOf));
  expect(said.match(/with tag latest and public access \(dry-run\)/g)).toHaveLength(packed.length);
  expect(said).toContain('dist/testing.d.cts');
  expect(said).not.toMatch(/notice 0B/);
  expect(published).toEqual([]);
}, 300_000);

it('a release asks npm for provenance, which npm refuses outside of a pipeline', async () => {
  await expect(publish()).rejects.toThrow(/provenance/i);
  expect(published).toEqual([]);
}, 300_000);

it('a release publishes each package publicly, after its dependencies', async () => {
  const { ids } = await publish('--provenance=false');
  expect(ids).toEqual(packed.map(idOf));
  expect(published.map(({ access }) => access)).toEqual(packed.map(() => 'public'));
  const names = published.map(({ name }) => name);
  for (const [place, { versions }] of published.entries()) {
    const needed = Object.values(versions).flatMap(({ dependencies }) => Object.keys(dependencies ?? {}));
    for (const name of needed.filter(name => name.startsWith('@greenroom/'))) {
      expect(names.slice(0, place)).toContain(name);
    }
  }
}, 300_000);

it('a repeated release skips the packages that the registry already has', async () => {
  published.pop();
  const last = packed.slice(-1).map(idOf);
  expect((await publish('--provenance=false')).ids).toEqual(last);
  expect((await publish('--provenance=false')).ids).toEqual([]);
}, 300_000);

it('a published package can be installed by its name', async () => {
  const app = await mkdtemp(join(folder, 'app-'));
  await writeFile(join(app, '.npmrc'), `@greenroom:registry=${url}\n`);
  await writeFile(join(app, 'package.json'), JSON.stringify({ private: true, dependencies: backendPackages }));
  await copyFile(join(__dirname, 'backend.mjs'), join(app, 'backend.mjs'));
  await runIn(app, 'npm', ['install', '--no-audit', '--no-fund', '@greenroom/cache-backstage']);
  expect(await runIn(app, process.execPath, ['backend.mjs', '{ "backend": {} }'])).toBe('stored\n');
}, 300_000);

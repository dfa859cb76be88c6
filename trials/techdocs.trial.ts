import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sendCommands, startRedis } from '@greenroom/test-servers';
import type { TestServer } from '@greenroom/test-servers';
import { npm } from './packageManagers';
import { packPackages } from './packPackages';
import { startBackend } from './startBackend';
import type { RunningBackend } from './startBackend';

const page = 'techdocs/static/docs/default/component/docs/index.html';
const storedPage = 'techdocs:default/component/docs/index.html';

let app: string;
let pageFile: string;
let redis: TestServer;
let backend: RunningBackend;

beforeAll(async () => {
  app = await mkdtemp(join(tmpdir(), 'greenroom-techdocs-'));
  const pages = join(app, 'pages/default/component/docs');
  pageFile = join(pages, 'index.html');
  await mkdir(pages, { recursive: true });
  await writeFile(pageFile, '<h1>First</h1>');
  await cp(join(__dirname, 'techdocsBackend.mjs'), join(app, 'backend.mjs'));
  const tarballs = await packPackages(app);
  const dependencies = {
    '@backstage/backend-defaults': '0.19.0',
    '@backstage/backend-plugin-api': '1.12.0',
    '@backstage/plugin-techdocs-backend': '2.4.3',
    ...tarballs,
  };
  await npm.install(app, { dependencies, tarballs });

  redis = await startRedis();
  backend = await startBackend(app, 'backend.mjs', {
    cache: { store: 'redis', connection: redis.url },
    techdocs: {
      builder: 'external',
      publisher: { type: 'local', local: { publishDirectory: join(app, 'pages') } },
      cache: { ttl: 3_600_000 },
    },
  });
}, 300_000);
afterAll(async () => {
  await backend?.stop();
  await redis?.stop();
  await rm(app, { recursive: true, force: true });
});

/** The stored page, or `undefined` if it is not stored in time. TechDocs stores it only after it has answered. */
async function findStoredPage(): Promise<string | undefined> {
  for (let attempt = 0; attempt < 40; attempt++) {
    const [text] = await sendCommands(redis, [['GET', storedPage]]);
    if (typeof text === 'string') return Buffer.from(JSON.parse(text) as string, 'base64').toString();
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  return undefined;
}

it('TechDocs stores a page in Redis under a readable key, with the configured ttl', async () => {
  expect(await backend.request(page)).toBe('<h1>First</h1>');

  expect(await findStoredPage()).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n<h1>First<\/h1>$/);
  const [ttlMs] = await sendCommands(redis, [['PTTL', storedPage]]);
  expect(ttlMs).toBeGreaterThan(3_500_000);
  expect(ttlMs).toBeLessThanOrEqual(3_600_000);
});

it('TechDocs answers the second request from the cache, though the file has changed', async () => {
  await writeFile(pageFile, '<h1>Second</h1>');
  expect(await backend.request(page)).toBe('<h1>First</h1>');

  await sendCommands(redis, [['DEL', storedPage]]);
  expect(await backend.request(page)).toBe('<h1>Second</h1>');
});

it('TechDocs asks the catalog only once for three requests of the same entity', async () => {
  for (let request = 0; request < 3; request++) {
    expect(await backend.request('techdocs/metadata/entity/default/component/docs')).toContain('"name":"docs"');
  }
  expect(await backend.request('catalog/requests')).toBe('1');
});

it('TechDocs serves its files while Redis is down, and caches again when Redis is back', async () => {
  await redis.kill();
  await writeFile(pageFile, '<h1>Third</h1>');
  expect(await backend.request(page)).toBe('<h1>Third</h1>');

  await redis.start();
  for (let request = 0; request < 40 && !(await hasPage()); request++) {
    await new Promise(resolve => setTimeout(resolve, 50));
    await backend.request(page);
  }
  expect(await hasPage()).toBe(true);
  expect(backend.log()).toMatch(/redis at 127\.0\.0\.1:\d+ is (connected again|back) after/);

  async function hasPage() {
    const [exists] = await sendCommands(redis, [['EXISTS', storedPage]]);
    return exists === 1;
  }
});

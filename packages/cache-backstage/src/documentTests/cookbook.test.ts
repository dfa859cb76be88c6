/** Runs the recipes of docs/cookbook.md, on Greenroom and on Backstage's own cache. */
import { CacheManager } from '@backstage/backend-defaults/cache';
import type { CacheService, SchedulerService } from '@backstage/backend-plugin-api';
import { mockServices } from '@backstage/backend-test-utils';
import { ConfigReader } from '@backstage/config';
import { createCacheManager, createConfigSource, extendCache, parseDriverOptions } from '@greenroom/cache-core';
import { memoryDriver } from '@greenroom/cache-memory';
import { redisDriver } from '@greenroom/cache-redis';
import { sharedServerUrl } from '@greenroom/test-servers';
import { openPage } from '../testSupport/openPage';
import { uniqueId } from '../testSupport/startBackend';
import { startHttpServer } from '../testSupport/startHttpServer';
import type { HttpReply } from '../testSupport/startHttpServer';

const { evaluate, sources, text } = openPage('cookbook.md');

const memory = createCacheManager({ driver: memoryDriver, driverOptions: {} });
const redisConfig = createConfigSource({ store: 'redis', connection: sharedServerUrl('redis') }, 'backend.cache');
const redisOptions = { driver: redisDriver, driverOptions: parseDriverOptions(redisDriver, redisConfig) };
/** Two managers on one store, like two processes of one backend. */
const [redis, otherRedis] = [createCacheManager(redisOptions), createCacheManager(redisOptions)];
const backstage = CacheManager.fromConfig(new ConfigReader({}));
afterAll(() => Promise.all([memory.close(), redis.close(), otherRedis.close()]));

const caches = [
  { name: 'our cache in memory', canClear: true, open: () => memory.forPlugin(uniqueId()) },
  { name: 'our cache in redis', canClear: true, open: () => redis.forPlugin(uniqueId()) },
  { name: "Backstage's own cache", canClear: false, open: () => backstage.forPlugin(uniqueId()) },
] as const;

const minute = 60_000;
const now = Date.now.bind(Date);
/** Moves the clock forward, so that values that have a stale life become stale. */
function passTime(ms: number): void {
  jest.spyOn(Date, 'now').mockImplementation(() => now() + ms);
}
afterEach(() => {
  jest.restoreAllMocks();
});

/** Retries an assertion until a write that runs in the background has finished. */
async function eventually(assert: () => Promise<void>): Promise<void> {
  const endMs = performance.now() + 2000;
  for (;;) {
    try {
      return await assert();
    } catch (error) {
      if (performance.now() > endMs) throw error;
      await new Promise(setImmediate);
    }
  }
}

const tenTimes = <T>(run: () => Promise<T>) => Promise.all(Array.from({ length: 10 }, run));

type Read<T> = (id: string) => Promise<T | undefined>;

type Repositories = { name: string; url: string }[];
const { createRepositoryList } = evaluate('repositoryList') as {
  createRepositoryList(
    cache: CacheService,
    scheduler: SchedulerService,
    fetchRepositories: (signal: AbortSignal) => Promise<Repositories>,
  ): Promise<() => Promise<Repositories>>;
};
const named = (name: string) => [{ name, url: `https://host/${name}` }];

describe.each(caches)('$name', ({ open, canClear }) => {
  describe('Read-through', () => {
    const { createProjectReader } = evaluate('projectReader') as {
      createProjectReader(cache: CacheService, baseUrl: string): Read<{ id: string; name: string } | null>;
    };
    const toProject = (url = ''): HttpReply => ({ json: { id: url.split('/').at(-1), name: 'Greenroom' } });

    it('sends one request for ten concurrent reads, and none while the value is fresh', async () => {
      const server = await startHttpServer(({ url }) => toProject(url));
      const read = createProjectReader(open(), server.url);
      const found = await tenTimes(() => read('a b'));
      expect(found).toEqual(Array.from({ length: 10 }, () => ({ id: 'a%20b', name: 'Greenroom' })));
      expect(await read('a b')).toEqual(found[0]);
      expect(server.requests.map(({ url }) => url)).toEqual(['/projects/a%20b']);
    });

    it('caches null for a project that does not exist', async () => {
      const server = await startHttpServer(() => ({ status: 404 }));
      const cache = open();
      const read = createProjectReader(cache, server.url);
      expect(await tenTimes(() => read('a'))).toEqual(Array.from({ length: 10 }, () => null));
      await eventually(async () => expect(await extendCache(cache).get('project/a')).toBeNull());
      expect(await read('a')).toBeNull();
      expect(server.requests).toHaveLength(1);
    });

    it('returns the stale project when the service fails, and rejects when there is none', async () => {
      let status = 200;
      const server = await startHttpServer(({ url }) => ({ ...toProject(url), status }));
      const cache = open();
      const read = createProjectReader(cache, server.url);
      await read('a');
      await eventually(async () => expect(await extendCache(cache).get('project/a')).toBeDefined());
      status = 500;
      passTime(6 * minute);
      expect(await read('a')).toEqual({ id: 'a', name: 'Greenroom' });
      expect(server.requests).toHaveLength(2);
      await expect(read('b')).rejects.toThrow('Project b cannot be read: status 500');
    });
  });

  describe('Credentials that expire', () => {
    const { createTokenSource } = evaluate('tokenSource') as {
      createTokenSource(
        cache: CacheService,
        options: { url: string; clientId: string; clientSecret: string },
      ): { token(): Promise<string | undefined>; refused(): Promise<void> };
    };
    const startTokenServer = (expiresIn: number) => {
      let count = 0;
      return startHttpServer(() => ({ json: { access_token: `token-${++count}`, expires_in: expiresIn } }));
    };

    it('request one token for all callers, and a new one after the token is refused', async () => {
      const server = await startTokenServer(3600);
      const source = createTokenSource(open(), { url: server.url, clientId: 'id', clientSecret: 'hunter2' });
      expect(new Set(await tenTimes(() => source.token()))).toEqual(new Set(['token-1']));
      expect(await source.token()).toBe('token-1');
      expect(server.requests.map(({ body }) => body)).toEqual([
        'grant_type=client_credentials&client_id=id&client_secret=hunter2',
      ]);
      await source.refused();
      expect(await source.token()).toBe('token-2');
    });

    it('are not stored when the token expires in 60 s', async () => {
      const server = await startTokenServer(60);
      const source = createTokenSource(open(), { url: server.url, clientId: 'id', clientSecret: 'hunter2' });
      expect(await source.token()).toBe('token-1');
      await eventually(async () => expect(await source.token()).not.toBe('token-1'));
    });

    it('are replaced about one minute before the token expires', async () => {
      const server = await startTokenServer(60.05);
      const source = createTokenSource(open(), { url: server.url, clientId: 'id', clientSecret: 'hunter2' });
      expect(await source.token()).toBe('token-1');
      await eventually(async () => expect(await source.token()).toBe('token-2'));
    });
  });

  describe('A slow list', () => {
    it('is served stale during a background refresh, and is refreshed by the scheduled task', async () => {
      const cache = open();
      const scheduler = mockServices.scheduler();
      const fetched: ((list: Repositories) => void)[] = [];
      const fetchRepositories = jest.fn(() => new Promise<Repositories>(resolve => fetched.push(resolve)));
      const read = await createRepositoryList(cache, scheduler, fetchRepositories);

      const task = scheduler.triggerTask('refresh-repositories');
      await eventually(async () => expect(fetched).toHaveLength(1));
      const first = read();
      fetched[0]?.(named('first'));
      expect(await first).toEqual(named('first'));
      await task;
      await eventually(async () => expect(await extendCache(cache).get('repositories')).toEqual(named('first')));

      passTime(11 * minute);
      expect(await tenTimes(read)).toEqual(Array.from({ length: 10 }, () => named('first')));
      await eventually(async () => expect(fetched).toHaveLength(2));
      fetched[1]?.(named('second'));
      await eventually(async () => expect(await read()).toEqual(named('second')));

      const again = scheduler.triggerTask('refresh-repositories');
      await eventually(async () => expect(fetched).toHaveLength(3));
      expect(await read()).toEqual(named('second'));
      fetched[2]?.(named('third'));
      await again;
      await eventually(async () => expect(await read()).toEqual(named('third')));
    });

    it('keeps its value when the scheduled task rejects', async () => {
      const cache = open();
      const scheduler = mockServices.scheduler.mock();
      const run = jest.fn(async () => named('first'));
      const read = await createRepositoryList(cache, scheduler, run);
      const [[task] = []] = scheduler.scheduleTask.mock.calls;
      await read();
      await eventually(async () => expect(await extendCache(cache).get('repositories')).toBeDefined());
      run.mockRejectedValue(new Error('no answer'));
      await expect(task?.fn(new AbortController().signal)).rejects.toThrow('no answer');
      expect(await read()).toEqual(named('first'));
    });
  });

  describe('Conditional requests', () => {
    const { createFileReader } = evaluate('fileReader') as {
      createFileReader(cache: CacheService, token: string): Read<{ [name: string]: string }>;
    };

    /** Answers 304 if the request has the ETag of the current content. */
    async function startFileServer() {
      const state = { version: 1, isAway: false };
      const server = await startHttpServer(({ headers }) => {
        const etag = `"${state.version}"`;
        if (state.isAway) return { status: 503 };
        if (headers['if-none-match'] === etag) return { status: 304 };
        return { headers: { etag }, json: { version: String(state.version), for: String(headers.authorization) } };
      });
      return { state, server };
    }

    it('revalidate a stale value by its ETag, and renew it when the server answers 304', async () => {
      const { state, server } = await startFileServer();
      const read = createFileReader(open(), 'secret');
      const ask = () => read(`${server.url}/a`);
      const etags = () => server.requests.map(({ headers }) => headers['if-none-match']);
      const first = { version: '1', for: 'Bearer secret' };
      expect(await ask()).toEqual(first);
      expect(await ask()).toEqual(first);
      expect(etags()).toEqual([undefined]);

      for (const minutes of [2, 4]) {
        passTime(minutes * minute);
        expect(await tenTimes(ask)).toEqual(Array.from({ length: 10 }, () => first));
        await eventually(async () => expect(await ask()).toEqual(first));
      }
      expect(etags()).toEqual([undefined, '"1"', '"1"']);

      state.version = 2;
      passTime(6 * minute);
      expect(await ask()).toMatchObject({ version: '2' });
      state.isAway = true;
      passTime(8 * minute);
      expect(await ask()).toMatchObject({ version: '2' });
    });

    it('do not share values between credentials', async () => {
      const { server } = await startFileServer();
      const cache = open();
      expect(await createFileReader(cache, 'one')(server.url)).toMatchObject({ for: 'Bearer one' });
      expect(await createFileReader(cache, 'other')(server.url)).toMatchObject({ for: 'Bearer other' });
    });
  });

  describe('Many keys, and dropping a group', () => {
    type Issue = { id: string; title: string };
    const { createIssueReader } = evaluate('issueReader') as {
      createIssueReader(
        cache: CacheService,
        fetchIssues: (project: string, ids: readonly string[], signal: AbortSignal) => Promise<Issue[]>,
      ): {
        read(project: string, ids: readonly string[]): Promise<Map<string, Issue | null>>;
        issuesChanged(project: string, ids: readonly string[]): Promise<void>;
        projectChanged(project: string): Promise<void>;
      };
    };
    /** Only issues with an even number exist. */
    const createTracker = () =>
      jest.fn(async (project: string, ids: readonly string[]) =>
        ids.filter(id => Number(id) % 2 === 0).map(id => ({ id, title: `${project} ${id}` })),
      );
    const asked = (tracker: ReturnType<typeof createTracker>) =>
      tracker.mock.calls.map(([project, ids]) => `${project}: ${ids.join(' ')}`);

    it('loads each missing issue once and returns all issues in the requested order', async () => {
      const tracker = createTracker();
      const issues = createIssueReader(open(), tracker);
      await tenTimes(() => issues.read('a', ['2', '1']));
      await eventually(async () => {
        expect([...(await issues.read('a', ['4', '1', '2']))]).toEqual([
          ['4', { id: '4', title: 'a 4' }],
          ['1', null],
          ['2', { id: '2', title: 'a 2' }],
        ]);
      });
      expect(asked(tracker)).toEqual(['a: 2 1', 'a: 4']);
      await issues.issuesChanged('a', ['2']);
      await issues.read('a', ['1', '2', '4']);
      expect(asked(tracker)).toEqual(['a: 2 1', 'a: 4', 'a: 2']);
    });

    it('drops the issues of one project, or rejects with CACHE_UNSUPPORTED when the cache cannot clear', async () => {
      const tracker = createTracker();
      const issues = createIssueReader(open(), tracker);
      for (const project of ['a', 'ab']) await issues.read(project, ['2', '4']);
      if (!canClear) {
        await expect(issues.projectChanged('a')).rejects.toMatchObject({ code: 'CACHE_UNSUPPORTED' });
        return;
      }
      await issues.projectChanged('a');
      for (const project of ['a', 'ab']) await issues.read(project, ['2', '4']);
      expect(asked(tracker)).toEqual(['a: 2 4', 'ab: 2 4', 'a: 2 4']);
    });
  });
});

describe('A slow list in a fleet', () => {
  it('is loaded by one of two cache managers while the other waits', async () => {
    const pluginId = uniqueId();
    const fetched: ((list: Repositories) => void)[] = [];
    const fetchRepositories = jest.fn(() => new Promise<Repositories>(resolve => fetched.push(resolve)));
    const readers = await Promise.all(
      [redis, otherRedis].map(manager =>
        createRepositoryList(manager.forPlugin(pluginId), mockServices.scheduler(), fetchRepositories),
      ),
    );
    const lists = Promise.all(readers.flatMap(read => [read(), read()]));
    await eventually(async () => expect(fetched).toHaveLength(1));
    fetched[0]?.(named('first'));
    expect(await lists).toEqual(Array.from({ length: 4 }, () => named('first')));
    expect(fetchRepositories).toHaveBeenCalledTimes(1);
  });
});

it('every recipe in docs/cookbook.md has a problem, code, "What you get" and "What to watch"', () => {
  const [, ...recipes] = text.split(/^## /m);
  expect(recipes).toHaveLength(sources.size);
  for (const recipe of recipes) {
    expect(recipe).toMatch(/^.*\n\n[^]+?\n\n```ts\n\/\/ src\/[^]*```\n\nWhat you get:\n\n- [^]*\nWhat to watch:\n\n- /);
  }
});

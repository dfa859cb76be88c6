import { CacheError } from '../contract/cacheError';
import type { CacheDriver, DriverHost } from '../contract/driver';
import type { EntryListOptions, EntryPage } from '../contract/storedEntry';
import { createDriverGuard } from './driverGuard';

const SECRET = 'hunter2';
const list: EntryListOptions = { details: false };

/** A guard over a driver with this `entries`. */
function open(entries?: unknown) {
  let host: DriverHost | undefined;
  const guard = createDriverGuard({
    store: 'acme',
    createDriver: given => {
      host = given;
      const driver = { get: () => undefined, set: () => {}, delete: () => {}, close: async () => {}, entries };
      return driver as unknown as CacheDriver;
    },
    probeKey: 'greenroom:probe',
    commandTimeoutMs: 500,
    verifyEntries: false,
    observer: {},
  });
  return { guard, host: host as DriverHost };
}

async function readAll(pages: AsyncIterable<EntryPage>): Promise<EntryPage[]> {
  const read: EntryPage[] = [];
  for await (const page of pages) read.push(page);
  return read;
}

/** Lists one page, and then waits until its signal fires. */
function createEndless() {
  const seen = { isStopped: false, isReturned: false };
  async function* entries(_prefix: string, { signal }: EntryListOptions): AsyncGenerator<EntryPage> {
    try {
      yield { entries: [{ key: 'catalog:1' }], cursor: '1' };
      await new Promise(resolve => signal?.addEventListener('abort', resolve));
      seen.isStopped = true;
    } finally {
      seen.isReturned = true;
    }
  }
  return { seen, entries };
}

describe('a listing', () => {
  it('passes its options to the driver and yields its pages without unknown fields', async () => {
    const page = {
      entries: [
        { key: 'catalog:1', bytes: 20, expiresInMs: null, value: SECRET },
        { key: 'catalog:2', expiresInMs: 5 },
      ],
      cursor: 'next',
      unreached: ['host:1', '[::1]:2', '/run/redis.sock'],
      more: SECRET,
    };
    const asked: unknown[] = [];
    const { guard } = open(async function* (prefix: string, { signal, ...options }: EntryListOptions) {
      asked.push(prefix, options, signal instanceof AbortSignal);
      yield page;
      yield { entries: [], unreached: [] };
    });
    expect(await readAll(guard.entries('catalog:', { details: true, pageSize: 7, cursor: 'x' }))).toEqual([
      {
        entries: [
          { key: 'catalog:1', bytes: 20, expiresInMs: null },
          { key: 'catalog:2', expiresInMs: 5 },
        ],
        cursor: 'next',
        unreached: ['host:1', '[::1]:2', '/run/redis.sock'],
      },
      { entries: [] },
    ]);
    expect(asked).toEqual(['catalog:', { details: true, pageSize: 7, cursor: 'x' }, true]);
  });

  it('rejects with CACHE_UNSUPPORTED when the driver cannot list', async () => {
    await expect(readAll(open().guard.entries('', list))).rejects.toMatchObject({ code: 'CACHE_UNSUPPORTED' });
  });

  it('rejects with CACHE_UNAVAILABLE, without asking the driver for a page, while the store is away', async () => {
    let asked = 0;
    const { guard, host } = open(async function* () {
      for (;;) yield { entries: [], cursor: String(asked++) };
    });
    const pages = guard.entries('', list);
    await pages.next();
    host.disconnected(new CacheError('CACHE_UNAVAILABLE', 'away'));
    await expect(pages.next()).rejects.toMatchObject({ code: 'CACHE_UNAVAILABLE' });
    await expect(readAll(guard.entries('', list))).rejects.toMatchObject({ code: 'CACHE_UNAVAILABLE' });
    expect(asked).toBe(1);
    await guard.close();
  });

  it('ends the iterator of the driver when the caller breaks out of its loop', async () => {
    const { seen, entries } = createEndless();
    for await (const page of open(entries).guard.entries('', list)) {
      expect(page.cursor).toBe('1');
      break;
    }
    expect(seen).toEqual({ isStopped: false, isReturned: true });
  });

  it.each<[string, (guard: ReturnType<typeof open>['guard'], stop: AbortController) => unknown, object]>([
    ['close', guard => guard.close(), { code: 'CACHE_CLOSED' }],
    ['the abort signal of the caller', (_guard, stop) => stop.abort(new Error('enough')), { message: 'enough' }],
  ])('is ended by %s while a page is read, and rejects when started afterwards', async (_what, end, error) => {
    const { seen, entries } = createEndless();
    const { guard } = open(entries);
    const stop = new AbortController();
    const pages = guard.entries('', { ...list, signal: stop.signal });
    await pages.next();
    const second = pages.next();
    end(guard, stop);
    await expect(second).rejects.toMatchObject(error);
    expect(seen.isReturned || seen.isStopped).toBe(true);
    await expect(readAll(guard.entries('', { ...list, signal: stop.signal }))).rejects.toMatchObject(error);
  });

  it('rejects with CACHE_TIMEOUT and aborts the driver when a page takes more than 2 s', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick'] });
    try {
      const { seen, entries } = createEndless();
      const pages = open(entries).guard.entries('', list);
      await pages.next();
      const late = expect(pages.next()).rejects.toMatchObject({ code: 'CACHE_TIMEOUT' });
      await jest.advanceTimersByTimeAsync(2500);
      await late;
      expect(seen.isStopped).toBe(true);
    } finally {
      jest.useRealTimers();
    }
  });

  it('rejects with CACHE_OVERLOADED when 16 pages are under way; idle listings do not count', async () => {
    let release: () => void = () => {};
    const released = new Promise<void>(resolve => (release = resolve));
    const { guard } = open(async function* () {
      yield { entries: [] };
      await released;
    });
    const all = Array.from({ length: 20 }, () => guard.entries('', list));
    for (const pages of all) await pages.next();
    const second = all.map(pages => pages.next());
    for (const refused of second.slice(16)) await expect(refused).rejects.toMatchObject({ code: 'CACHE_OVERLOADED' });
    release();
    await Promise.all(second.slice(0, 16));
  });
});

describe('a listing of a faulty driver', () => {
  async function* give(page: unknown) {
    yield page;
  }
  const entry = { key: 'catalog:1' };
  const wrongPages: readonly [string, unknown][] = [
    ['undefined instead of a page', undefined],
    ['a text instead of a page', SECRET],
    ['a text instead of a list of entries', { entries: SECRET }],
    ['too many entries', { entries: Array.from({ length: 10_001 }, () => entry) }],
    ['a text instead of an entry', { entries: [SECRET] }],
    ['an entry without a key', { entries: [{ key: undefined }] }],
    ['an entry with another prefix', { entries: [{ key: `other:${SECRET}` }] }],
    ['NaN as bytes', { entries: [{ ...entry, bytes: NaN }] }],
    ['a negative time left', { entries: [{ ...entry, expiresInMs: -1 }] }],
    ['a cursor that is not text', { entries: [], cursor: 7 }],
    ['a cursor of 1,001 characters', { entries: [], cursor: 'x'.repeat(1001) }],
    ['a server name with credentials', { entries: [], unreached: [`user:${SECRET}@host:1`] }],
  ];
  const wrongMethods: readonly [string, unknown][] = [
    ['a text instead of an iterable', () => SECRET],
    ['undefined instead of an iterable', () => undefined],
    [
      'a synchronous error',
      () => {
        throw new Error(SECRET);
      },
    ],
    ['an iterator without next', () => ({ [Symbol.asyncIterator]: () => ({}) })],
    ['a rejection', () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error(SECRET)) }) })],
    [
      'an iterator result that is not an object',
      () => ({ [Symbol.asyncIterator]: () => ({ next: async () => SECRET }) }),
    ],
  ];

  it.each([...wrongPages.map(([what, page]) => [what, () => give(page)] as const), ...wrongMethods])(
    'rejects with CACHE_UNAVAILABLE, without leaking driver data, when the driver gives %s',
    async (_what, entries) => {
      const listing = readAll(open(entries).guard.entries('catalog:', list));
      await expect(listing).rejects.toMatchObject({
        code: 'CACHE_UNAVAILABLE',
        message: expect.stringMatching("'acme'"),
      });
      await expect(listing).rejects.toMatchObject({ message: expect.not.stringContaining(SECRET) });
    },
  );
});

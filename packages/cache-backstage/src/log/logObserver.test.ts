import type { LoggerService } from '@backstage/backend-plugin-api';
import { CacheError } from '@greenroom/cache-core';
import type { CacheErrorCode } from '@greenroom/cache-core';
import { createLogObserver } from './logObserver';

function record(servers: readonly string[] = []) {
  const lines: string[] = [];
  const write = (level: string) => (message: string, meta?: unknown) => {
    lines.push(`${level}: ${message}${meta === undefined ? '' : ' with more'}`);
  };
  const logger: LoggerService = {
    error: write('error'),
    warn: write('warn'),
    info: write('info'),
    debug: write('debug'),
    child: () => logger,
  };
  const observer = createLogObserver(logger, () => servers);
  const fail = (code: CacheErrorCode, pluginId = 'catalog', message = 'What happened') =>
    observer.onOperation?.({
      ...{ store: 'redis', pluginId, operation: 'get', result: 'error', durationMs: 1 },
      error: new CacheError(code, message, { cause: new Error('hunter2') }),
    });
  return { lines, observer, fail };
}

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

describe('the cache log', () => {
  const error = new CacheError('CACHE_UNAVAILABLE', 'Redis cannot be reached (ECONNREFUSED)');

  it('writes one line when the store goes away and one when it is back, but none per failed operation', () => {
    const { lines, observer, fail } = record();
    observer.onStateChange?.({ store: 'redis', state: 'available' });
    observer.onStateChange?.({ store: 'redis', state: 'unavailable', error });
    jest.advanceTimersByTime(500);
    for (let count = 0; count < 5000; count++) fail('CACHE_UNAVAILABLE');
    observer.onStateChange?.({ store: 'redis', state: 'available', downMs: 12_345, invalidatedKeys: 3 });
    expect(lines).toEqual([
      'info: Cache store redis is connected',
      'error: Cache store redis is away, requests go on uncached until it is back: Redis cannot be reached (ECONNREFUSED)',
      'info: Cache store redis is back after 12 s; 3 keys invalidated',
    ]);
  });

  it('writes an info line but no error when the store reconnects within 80 ms', () => {
    const { lines, observer, fail } = record();
    observer.onStateChange?.({ store: 'redis', state: 'available' });
    lines.length = 0;
    observer.onStateChange?.({ store: 'redis', state: 'unavailable', error });
    fail('CACHE_UNAVAILABLE');
    jest.advanceTimersByTime(80);
    observer.onStateChange?.({ store: 'redis', state: 'available', downMs: 80 });
    jest.advanceTimersByTime(60_000);
    expect(lines).toEqual(['info: Cache store redis is connected again after 0.1 s']);
  });

  it.each(['CACHE_AUTH', 'CACHE_TIMEOUT', 'CACHE_UNAVAILABLE'] as const)(
    'reports an outage with %s immediately (with CACHE_UNAVAILABLE, if the store never connected)',
    code => {
      const { lines, observer } = record();
      if (code !== 'CACHE_UNAVAILABLE') observer.onStateChange?.({ store: 'redis', state: 'available' });
      observer.onStateChange?.({ store: 'redis', state: 'unavailable', error: new CacheError(code, 'why') });
      expect(lines.at(-1)).toContain('is away, requests go on uncached until it is back: why');
    },
  );

  it('writes one line when the store becomes read-only and one when it accepts writes again', () => {
    const { lines, observer, fail } = record();
    const readOnly = new CacheError('CACHE_READ_ONLY', 'Redis takes no writes (READONLY)');
    observer.onStateChange?.({ store: 'redis', state: 'read-only', error: readOnly });
    for (let count = 0; count < 50; count++) fail('CACHE_READ_ONLY');
    observer.onStateChange?.({ store: 'redis', state: 'available', downMs: 1200, invalidatedKeys: 1 });
    expect(lines).toEqual([
      'error: Cache store redis takes no writes, reads go on and nothing new is stored until it does: ' +
        'Redis takes no writes (READONLY)',
      'info: Cache store redis takes writes again after 1.2 s; 1 key invalidated',
    ]);
  });

  it('reports plugins that are cleared after an outage, and keys that may keep an old value', () => {
    const { lines, observer } = record();
    observer.onStateChange?.({ store: 'redis', state: 'unavailable', error });
    jest.advanceTimersByTime(60_000);
    observer.onStateChange?.({ store: 'redis', state: 'available', downMs: 60_000, clearedPlugins: ['catalog'] });
    observer.onForgottenKeys?.({ store: 'memcache', keys: 523 });
    expect(lines.slice(1)).toEqual([
      'info: Cache store redis is back after 60 s; all entries of catalog are being removed',
      'error: Cache store memcache: more writes and deletes have failed than can be remembered; ' +
        '523 keys may have an old value until it expires',
    ]);
  });

  it('writes one line per minute and error code, with counts that add up', () => {
    const { lines, fail, observer } = record();
    for (let count = 0; count < 50; count++) fail('CACHE_TOO_LARGE');
    fail('CACHE_CORRUPT', 'search');
    jest.advanceTimersByTime(60_000);
    fail('CACHE_TOO_LARGE');
    fail('CACHE_CORRUPT');
    observer.flush();
    jest.advanceTimersByTime(600_000);
    expect(lines).toEqual([
      'warn: Cache store redis: 1 operation failed with CACHE_TOO_LARGE: What happened (plugin catalog)',
      'warn: Cache store redis: 1 operation failed with CACHE_CORRUPT: What happened (plugin search)',
      'warn: Cache store redis: 49 operations failed with CACHE_TOO_LARGE: What happened (plugin catalog)',
      'warn: Cache store redis: 1 operation failed with CACHE_CORRUPT: What happened (plugin catalog)',
      'warn: Cache store redis: 1 operation failed with CACHE_TOO_LARGE: What happened (plugin catalog)',
    ]);
  });

  it('lists the five plugins with the most failures, in that order, and counts the others', () => {
    const { lines, fail } = record();
    for (const [index, count] of [1, 3, 2, 7, 6, 5, 4].entries()) {
      for (let time = 0; time < count; time++) fail('CACHE_TOO_LARGE', `plugin-${index}`);
    }
    jest.advanceTimersByTime(60_000);
    expect(lines[1]).toContain('27 operations failed with CACHE_TOO_LARGE');
    expect(lines[1]).toMatch(/ \(plugins plugin-3 7, plugin-4 6, plugin-5 5, plugin-6 4, plugin-1 3 and 1 more\)$/);
  });

  it('reports driver faults outside of operations, once a minute', () => {
    const { lines, observer } = record();
    const fault = { store: 'acme', method: 'clear', error: new CacheError('CACHE_REFUSED', 'NOPERM') } as const;
    for (let count = 0; count < 100; count++) observer.onDriverFault?.(fault);
    jest.advanceTimersByTime(60_000);
    expect(lines).toEqual([
      'warn: Cache store acme: clear failed once with CACHE_REFUSED: NOPERM',
      'warn: Cache store acme: clear failed 99 times with CACHE_REFUSED: NOPERM',
    ]);
  });

  it('reports failed refreshes of stale values once a minute per plugin, and no other loads', () => {
    const { lines, observer } = record();
    const load = { store: 'redis', pluginId: 'catalog', keys: 1, isRefresh: true, durationMs: 1 } as const;
    const error = new Error('GitHub says 502');
    for (let count = 0; count < 3; count++) observer.onLoad?.({ ...load, result: 'error', error });
    observer.onLoad?.({ ...load, pluginId: 'search', result: 'timeout', error: 'too\nlate' });
    observer.onLoad?.({ ...load, isRefresh: false, result: 'error', error });
    observer.onLoad?.({ ...load, result: 'aborted', error });
    observer.onLoad?.({ ...load, result: 'ok' });
    jest.advanceTimersByTime(60_000);
    observer.onLoad?.({ ...load, pluginId: 'other', result: 'error', error: Object.create(null) });
    expect(lines).toEqual([
      'warn: Cache store redis: 1 load failed, and a stale value was served instead: GitHub says 502 (plugin catalog)',
      'warn: Cache store redis: 1 load failed, and a stale value was served instead: too late (plugin search)',
      'warn: Cache store redis: 2 loads failed, and stale values were served instead: GitHub says 502 (plugin catalog)',
      'warn: Cache store redis: 1 load failed, and a stale value was served instead: an error without a message (plugin other)',
    ]);
  });

  it('writes an error message on one line, truncated and without invisible characters', () => {
    const { lines, observer, fail } = record();
    fail(
      'CACHE_REFUSED',
      'catalog',
      `a\nb\r\n\u2028c\u001b[31mred\u001b[0m \u202egnirts\u0000\ud800 ${'x'.repeat(1_000_000)}`,
    );
    const away = new CacheError('CACHE_AUTH', `\u0085why\u009b\u200f${'👩'.repeat(10_000)}`);
    observer.onStateChange?.({ store: 'redis', state: 'unavailable', error: away });
    expect(lines[0]).toMatch(/: a b cred {1,2}gnirts {1,2}x+… \(plugin catalog\)$/);
    for (const line of lines) {
      expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
      expect(line.length).toBeLessThan(700);
    }
  });

  it('summarises a connection that is lost 20 times in 5 s, with the count and the total time away', () => {
    const { lines, observer } = record();
    observer.onStateChange?.({ store: 'redis', state: 'available' });
    for (let count = 0; count < 20; count++) {
      observer.onStateChange?.({ store: 'redis', state: 'unavailable', error });
      jest.advanceTimersByTime(100);
      observer.onStateChange?.({ store: 'redis', state: 'available', downMs: 100, invalidatedKeys: 2 });
      jest.advanceTimersByTime(150);
    }
    jest.advanceTimersByTime(60_000);
    expect(lines).toEqual([
      'info: Cache store redis is connected',
      'info: Cache store redis is connected again after 0.1 s; 2 keys invalidated',
      'warn: Cache store redis was lost 19 more times within 4.8 s, for 1.9 s in all, and was back each time; 38 keys invalidated',
    ]);
  });

  it.each(['CACHE_UNAVAILABLE', 'CACHE_AUTH'] as const)(
    'summarises repeated short outages with %s, but still reports an outage of 5 s',
    code => {
      const { lines, observer } = record();
      const why = new CacheError(code, 'why');
      observer.onStateChange?.({ store: 'redis', state: 'available' });
      for (let count = 0; count < 30; count++) {
        observer.onStateChange?.({ store: 'redis', state: 'unavailable', error: why });
        jest.advanceTimersByTime(600);
        observer.onStateChange?.({ store: 'redis', state: 'available', downMs: 600 });
        jest.advanceTimersByTime(100);
      }
      expect(lines.slice(1)).toEqual(
        Array(3)
          .fill([
            'error: Cache store redis is away, requests go on uncached until it is back: why',
            'info: Cache store redis is back after 0.6 s',
          ])
          .flat(),
      );
      observer.onStateChange?.({ store: 'redis', state: 'unavailable', error: why });
      jest.advanceTimersByTime(5000);
      observer.onStateChange?.({ store: 'redis', state: 'available', downMs: 5000 });
      expect(lines.slice(-2)).toEqual([
        'error: Cache store redis is away, requests go on uncached until it is back: why',
        'info: Cache store redis is back after 5.0 s',
      ]);
      jest.advanceTimersByTime(60_000);
      expect(lines.at(-1)).toContain('was lost 27 more times within');
    },
  );

  it('summarises a store that alternates between read-only and available', () => {
    const { lines, observer } = record();
    const readOnly = new CacheError('CACHE_READ_ONLY', 'READONLY');
    for (let count = 0; count < 100; count++) {
      observer.onStateChange?.({ store: 'redis', state: 'read-only', error: readOnly });
      jest.advanceTimersByTime(300);
      observer.onStateChange?.({ store: 'redis', state: 'available', downMs: 300 });
    }
    jest.advanceTimersByTime(60_000);
    expect(lines).toHaveLength(7);
    expect(lines.at(-1)).toContain('was lost 97 more times');
  });

  it('writes nothing for a successful operation', () => {
    const { lines, observer } = record();
    observer.onOperation?.({ store: 'redis', pluginId: 'catalog', operation: 'get', result: 'hit', durationMs: 1 });
    expect(lines).toEqual([]);
  });
});

describe('the server address in a log line', () => {
  const timeout = new CacheError('CACHE_TIMEOUT', 'The store did not answer within 500 ms');

  it('is part of every line about the store when the error names no server', () => {
    const { lines, observer, fail } = record(['localhost:6379']);
    const store = 'redis';
    observer.onStateChange?.({ store, state: 'available' });
    observer.onStateChange?.({ store, state: 'unavailable', error: timeout });
    observer.onStateChange?.({ store, state: 'available', downMs: 12_345 });
    observer.onStateChange?.({ store, state: 'read-only', error: new CacheError('CACHE_READ_ONLY', 'why') });
    observer.onStateChange?.({ store, state: 'available', downMs: 1200 });
    fail('CACHE_TIMEOUT', 'catalog', timeout.message);
    observer.onForgottenKeys?.({ store, keys: 3 });
    observer.onDriverFault?.({ store, method: 'clear', error: timeout, pluginId: 'search' });
    expect(lines).toEqual([
      'info: Cache store redis at localhost:6379 is connected',
      `error: Cache store redis at localhost:6379 is away, requests go on uncached until it is back: ${timeout.message}`,
      'info: Cache store redis at localhost:6379 is back after 12 s',
      'error: Cache store redis at localhost:6379 takes no writes, reads go on and nothing new is stored until it does: why',
      'info: Cache store redis at localhost:6379 takes writes again after 1.2 s',
      `warn: Cache store redis at localhost:6379: 1 operation failed with CACHE_TIMEOUT: ${timeout.message} (plugin catalog)`,
      expect.stringMatching(/^error: Cache store redis at localhost:6379: more writes and deletes have failed/),
      `warn: Cache store redis at localhost:6379: clear failed once with CACHE_TIMEOUT: ${timeout.message} (plugin search)`,
    ]);
  });

  it('is left out when the error names a server, and in a line about a failed load', () => {
    const { lines, observer, fail } = record(['one:6379', 'two:6379']);
    fail('CACHE_UNAVAILABLE', 'catalog', 'Redis at two:6379 cannot be reached');
    observer.onLoad?.({
      ...{ store: 'redis', pluginId: 'catalog', keys: 1, result: 'error', isRefresh: true, durationMs: 1 },
      error: new Error('no'),
    });
    expect(lines).toEqual([
      'warn: Cache store redis: 1 operation failed with CACHE_UNAVAILABLE: Redis at two:6379 cannot be reached (plugin catalog)',
      'warn: Cache store redis: 1 load failed, and a stale value was served instead: no (plugin catalog)',
    ]);
  });

  it('a line lists at most three servers and counts the others', () => {
    const { lines, observer } = record(['a:1', 'b:1', 'c:1', 'd:1', 'e:1']);
    observer.onStateChange?.({ store: 'redis', state: 'available' });
    expect(lines).toEqual(['info: Cache store redis at a:1, b:1, c:1 and 2 more is connected']);
  });

  it('a driver fault while the servers are listed is logged without listing them again', () => {
    const lines: string[] = [];
    const logger = { info: (line: string) => void lines.push(line), warn: (line: string) => void lines.push(line) };
    const error = new CacheError('CACHE_UNAVAILABLE', 'no list');
    const observer = createLogObserver(logger as unknown as LoggerService, () => {
      observer.onDriverFault?.({ store: 'acme', method: 'servers', error });
      return [];
    });
    observer.onStateChange?.({ store: 'acme', state: 'available' });
    expect(lines).toEqual([
      'Cache store acme: servers failed once with CACHE_UNAVAILABLE: no list',
      'Cache store acme is connected',
    ]);
  });
});

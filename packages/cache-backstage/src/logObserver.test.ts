import type { LoggerService } from '@backstage/backend-plugin-api';
import { CacheError } from '@greenroom/cache-core';
import type { CacheErrorCode } from '@greenroom/cache-core';
import { createLogObserver } from './logObserver';

function record() {
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
  const observer = createLogObserver(logger);
  const fail = (code: CacheErrorCode) =>
    observer.onOperation?.({
      ...{ store: 'redis', pluginId: 'catalog', operation: 'get', result: 'error', durationMs: 1 },
      error: new CacheError(code, 'What happened', { cause: new Error('hunter2') }),
    });
  return { lines, observer, fail };
}

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

describe('the log of the cache', () => {
  const error = new CacheError('CACHE_UNAVAILABLE', 'Redis cannot be reached (ECONNREFUSED)');

  it('has a line when the store goes away and one when it is back, and none for operations in between', () => {
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

  it('has no error when the store is back at once, as after an idle connection was closed', () => {
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
    'has its line at once for a store that was never there, or that is away with %s',
    code => {
      const { lines, observer } = record();
      if (code !== 'CACHE_UNAVAILABLE') observer.onStateChange?.({ store: 'redis', state: 'available' });
      observer.onStateChange?.({ store: 'redis', state: 'unavailable', error: new CacheError(code, 'why') });
      expect(lines.at(-1)).toContain('is away, requests go on uncached until it is back: why');
    },
  );

  it('has a line when the store stops taking writes and one when it takes them again', () => {
    const { lines, observer, fail } = record();
    const readOnly = new CacheError('CACHE_READ_ONLY', 'Redis takes no writes (READONLY)');
    observer.onStateChange?.({ store: 'redis', state: 'read-only', error: readOnly });
    for (let count = 0; count < 50; count++) fail('CACHE_READ_ONLY');
    observer.onStateChange?.({ store: 'redis', state: 'available', downMs: 1200, invalidatedKeys: 1 });
    expect(lines).toEqual([
      'error: Cache store redis takes no writes, what it holds is read and nothing new is stored until it does: ' +
        'Redis takes no writes (READONLY)',
      'info: Cache store redis takes writes again after 1.2 s; 1 key invalidated',
    ]);
  });

  it('tells what becomes of keys that are more than are remembered', () => {
    const { lines, observer } = record();
    observer.onStateChange?.({ store: 'redis', state: 'unavailable', error });
    jest.advanceTimersByTime(60_000);
    observer.onStateChange?.({ store: 'redis', state: 'available', downMs: 60_000, clearedPlugins: ['catalog'] });
    observer.onForgottenKeys?.({ store: 'memcache', keys: 523 });
    expect(lines.slice(1)).toEqual([
      'info: Cache store redis is back after 60 s; all entries of catalog are being removed',
      'error: Cache store memcache: 523 failed writes and deletes are more than are remembered; ' +
        'what it holds under their keys may be out of date until it expires',
    ]);
  });

  it('has one line a minute for each kind of failure of a store that is there, with a count', () => {
    const { lines, fail } = record();
    for (let count = 0; count < 100; count++) fail('CACHE_TOO_LARGE');
    fail('CACHE_CORRUPT');
    jest.advanceTimersByTime(60_000);
    fail('CACHE_TOO_LARGE');
    expect(lines).toEqual([
      'warn: Cache store redis: 1 operation failed with CACHE_TOO_LARGE: What happened',
      'warn: Cache store redis: 1 operation failed with CACHE_CORRUPT: What happened',
      'warn: Cache store redis: 100 operations failed with CACHE_TOO_LARGE: What happened',
    ]);
  });

  it('has no line for an operation that went well', () => {
    const { lines, observer } = record();
    observer.onOperation?.({ store: 'redis', pluginId: 'catalog', operation: 'get', result: 'hit', durationMs: 1 });
    expect(lines).toEqual([]);
  });
});

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

afterEach(() => jest.useRealTimers());

describe('the log of the cache', () => {
  it('has a line when the store goes away and one when it is back, and none for operations in between', () => {
    const { lines, observer, fail } = record();
    const error = new CacheError('CACHE_UNAVAILABLE', 'Redis cannot be reached (ECONNREFUSED)');
    observer.onStateChange?.({ store: 'redis', state: 'connected' });
    observer.onStateChange?.({ store: 'redis', state: 'disconnected', error });
    for (let count = 0; count < 5000; count++) fail('CACHE_UNAVAILABLE');
    observer.onStateChange?.({ store: 'redis', state: 'connected', downMs: 12_345 });
    expect(lines).toEqual([
      'info: Cache store redis is connected',
      'error: Cache store redis is away, requests go on uncached until it is back: Redis cannot be reached (ECONNREFUSED)',
      'info: Cache store redis is back after 12 s',
    ]);
  });

  it('has one line a minute for each kind of failure of a store that is there, with a count', () => {
    jest.useFakeTimers();
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

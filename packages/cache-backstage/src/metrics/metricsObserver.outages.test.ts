import { once } from 'node:events';
import { extendCache } from '@greenroom/cache-core';
import { sendCommands, startRedis } from '@greenroom/test-servers';
import { cleanUp } from '@greenroom/test-servers/cleanUp';
import { recordLog } from '../testSupport/recordLog';
import { recordMetrics } from '../testSupport/recordMetrics';
import { startBackend } from '../testSupport/startBackend';

const operations = 'greenroom.cache.operations';
const errors = 'greenroom.cache.errors';
const states = ['available', 'read-only', 'unavailable'];

async function start() {
  const server = await startRedis();
  cleanUp(() => server.stop());
  const collect = recordMetrics();
  const log = recordLog();
  const config = { store: 'redis', connection: server.url };
  const { cacheOf } = await startBackend(config, { pluginIds: ['catalog'], log, isExact: true });
  const cache = cacheOf();
  /** The state whose value is 1; `undefined` unless there is exactly one. */
  const shownState = async () => {
    const { valueOf } = await collect();
    const shown = states.filter(state => valueOf('greenroom.cache.store.state', { store: 'redis', state }) === 1);
    return shown.length === 1 ? shown[0] : undefined;
  };
  /** Repeats an operation until the metrics show this state. */
  const reach = async (state: string, operation: () => Promise<unknown>) => {
    const deadlineMs = performance.now() + 10_000;
    while ((await shownState()) !== state) {
      if (performance.now() > deadlineMs) throw new Error(`The metrics do not show that the store is ${state}`);
      await operation();
      await new Promise(resolve => setTimeout(resolve, 10));
    }
  };
  const shownConnections = async () => (await collect()).valueOf('greenroom.cache.connections', { store: 'redis' });
  const countOf = async (attributes: Record<string, string>) => (await collect()).valueOf(operations, attributes) ?? 0;
  return { server, cache, log, collect, shownState, shownConnections, reach, countOf };
}

describe('the metrics of a store', () => {
  it('show that a killed server is unavailable and then back, and count operations meanwhile as bypassed', async () => {
    const { server, cache, log, collect, shownState, shownConnections, reach, countOf } = await start();
    await cache.set('some-key', 'bob');
    expect(await cache.get('some-key')).toBe('bob');
    expect(await shownState()).toBe('available');
    expect(await shownConnections()).toBe(1);

    const away = once(log.events, 'line');
    await server.kill();
    await reach('unavailable', () => cache.get('some-key'));
    expect(await shownConnections()).toBe(0);
    const bypassed = await countOf({ operation: 'get', result: 'bypass' });
    for (let count = 0; count < 10; count++) await cache.get('some-key');
    await cache.set('some-key', 'alice');
    expect(await countOf({ operation: 'get', result: 'bypass' })).toBe(bypassed + 10);
    expect(await countOf({ operation: 'set', result: 'bypass' })).toBe(1);
    const durations = (await collect()).histogramsOf('greenroom.cache.operation.duration');
    expect(durations.map(({ attributes }) => attributes.result)).not.toContain('bypass');
    expect(String(await away)).toContain('is away');

    await server.start();
    await reach('available', () => cache.get('some-key'));
    expect(await shownConnections()).toBe(1);
    const hits = await countOf({ result: 'hit' });
    await cache.set('some-key', 'carol');
    expect(await cache.get('some-key')).toBe('carol');
    expect(await countOf({ result: 'hit' })).toBe(hits + 1);
    expect(log.cacheProblems()).toHaveLength(1);
  });

  it('count lookups as shielded while the server is away, and as hits after it is back', async () => {
    const { server, cache, collect, reach } = await start();
    const extended = extendCache(cache);
    const lookUp = () => extended.getOrSet('some-key', () => 'bob');
    const countLookups = async () => {
      const { valueOf } = await collect();
      const countOf = (result: string) => valueOf('greenroom.cache.lookups', { result });
      return { load: countOf('load'), shielded: countOf('shielded'), hit: countOf('hit') };
    };
    await cache.get('some-key');
    await server.kill();
    await reach('unavailable', () => cache.get('other-key'));
    for (let count = 0; count < 10; count++) expect(await lookUp()).toBe('bob');
    expect(await countLookups()).toEqual({ load: 1, shielded: 9, hit: 0 });

    await server.start();
    await reach('available', () => cache.get('other-key'));
    await lookUp();
    while ((await cache.get('some-key')) === undefined) await new Promise(setImmediate);
    // As long as the load that was stored has not ended, a lookup shares it.
    await new Promise(setImmediate);
    await lookUp();
    expect(await countLookups()).toEqual({ load: 2, shielded: 9, hit: 1 });
  });

  it('count gets of a frozen server as errors with CACHE_TIMEOUT and record their duration', async () => {
    const { server, cache, collect } = await start();
    await cache.get('some-key');
    await server.freeze();
    await Promise.all(Array.from({ length: 5 }, () => cache.get('some-key')));
    await server.thaw();

    const { valueOf, histogramsOf } = await collect();
    expect(valueOf(operations, { operation: 'get', result: 'error' })).toBe(5);
    expect(valueOf(errors, { store: 'redis', 'error.type': 'CACHE_TIMEOUT' })).toBe(5);
    const point = histogramsOf('greenroom.cache.operation.duration').find(
      ({ attributes }) => attributes.result === 'error',
    );
    expect(point?.value.min).toBeGreaterThan(0.49);
  });

  it('show a store that rejects writes as read-only, and count the CACHE_READ_ONLY error', async () => {
    const { server, cache, collect, reach, countOf } = await start();
    await cache.set('some-key', 'bob');
    await sendCommands(server, [['REPLICAOF', '127.0.0.1', '1']]);
    await reach('read-only', () => cache.set('other-key', 'alice'));
    expect(await cache.get('some-key')).toBe('bob');
    expect(await countOf({ operation: 'set', result: 'error' })).toBe(1);
    expect((await collect()).valueOf(errors, { 'error.type': 'CACHE_READ_ONLY' })).toBe(1);
  });
});

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { openHandles, steadyHandles } from '../harness/openHandles';
import { DEFAULT_COMMAND_TIMEOUT_MS, LIMITS, limitOf } from './limits';
import { outageCase } from './proxyCase';
import type { OutageCase, OutageTarget } from './outageTarget';
import { untilUsed, waitFor, withCache } from './withCache';
import type { OpenedCache } from './withCache';

/** Cases of a start or a close while the servers are away. */
export const startAndCloseCases: readonly OutageCase[] = [
  outageCase('a server that is down at startup is used once it is up', async target => {
    let areDown = false;
    const killAll = async () => {
      areDown = true;
      await Promise.all(target.servers.map(server => server.kill()));
    };
    const startThem = async () => {
      if (areDown) await startAll(target);
      areDown = false;
    };
    try {
      const use = async ({ cache, clock }: OpenedCache) => {
        const startedAtMs = clock.now();
        const absent = await cache.get('key');
        if (absent !== undefined) assert.fail('a get returns a value, with all servers down');
        await cache.set('key', 'value');
        await cache.delete('key');
        const tookMs = clock.now() - startedAtMs;
        const limitMs = 3 * limitOf(DEFAULT_COMMAND_TIMEOUT_MS);
        if (tookMs >= limitMs)
          assert.fail(`three operations took ${Math.round(tookMs)} ms, where ${limitMs} are allowed`);
        await startThem();
        await untilUsed(cache, LIMITS.recoveredMs + LIMITS.busyMs);
      };
      await withCache(target, 'processes', use, killAll);
    } finally {
      await startThem();
    }
  }),
  outageCase('close during an outage settles in time and leaves nothing open', async target => {
    const caches = 3;
    const before = await steadyHandles();
    for (let count = 0; count < caches; count++) {
      await withCache(target, 'proxies', async opened => {
        const { cache, proxies } = opened;
        await untilUsed(cache, 5000);
        for (const proxy of proxies) proxy.blackHole('all');
        const pending = Promise.all([cache.get('key'), cache.set('key', 1), cache.delete('key')]);
        await closeInTime(opened);
        await pending;
      });
    }
    // A cache that is still running has sometimes a socket and sometimes a timer, so all kinds are added up.
    const left = () =>
      [...openHandles()]
        .map(([kind, open]) => ({ kind, more: open - (before.get(kind) ?? 0) }))
        .filter(({ more }) => more > 0);
    const isLeft = () => left().reduce((sum, { more }) => sum + more, 0) >= caches;
    const deadlineMs = performance.now() + 1000;
    while (isLeft() && performance.now() < deadlineMs) await new Promise(setImmediate);
    if (isLeft()) {
      const found = left().map(({ kind, more }) => `${more} of the kind ${kind}`);
      assert.fail(`1 s after three caches were closed in an outage they have left ${found.join(', ')}`);
    }
  }),
  outageCase('attempts to connect that get no answer leave no connection open after close', async target => {
    const connectTo = async (opened: OpenedCache) => {
      const { cache, proxies } = opened;
      // This is longer than most drivers try: some attempts have been given up, and others are in progress.
      await Promise.all([cache.get('key'), sleep(3000)]);
      const left = () => proxies.reduce((sum, proxy) => sum + proxy.connections(), 0);
      await waitFor(() => left() > 0, 1000);
      if (left() === 0) assert.fail('the driver does not try to connect to a server that does not answer');
      await closeInTime(opened);
      await waitFor(() => left() === 0, 1000);
      if (left() > 0) assert.fail(`1 s after the close ${left()} connections that were never answered are still open`);
    };
    await withCache(target, 'proxies', connectTo, async proxies => proxies.forEach(proxy => proxy.blackHole('all')));
  }),
  outageCase('a silent connection that is replaced is closed', async target => {
    await withCache(target, 'proxies', async ({ cache, proxies }) => {
      await untilUsed(cache, 5000);
      for (const proxy of proxies) proxy.blackHole('old');
      await untilUsed(cache, LIMITS.replacedMs + LIMITS.busyMs);
      const left = () => proxies.reduce((sum, proxy) => sum + proxy.connections('silent'), 0);
      await waitFor(() => left() === 0, LIMITS.replacedMs);
      if (left() > 0) assert.fail(`${left()} connections that have fallen silent are still open`);
    });
  }),
];

async function closeInTime({ manager, clock }: OpenedCache): Promise<void> {
  const startedAtMs = clock.now();
  await manager.close();
  const tookMs = clock.now() - startedAtMs;
  const limitMs = 2000 + LIMITS.busyMs;
  if (tookMs > limitMs) assert.fail(`the close took ${Math.round(tookMs)} ms, where ${limitMs} are allowed`);
}

async function startAll(target: OutageTarget): Promise<void> {
  await Promise.all(target.servers.map(server => server.start()));
  await target.untilReady?.();
}

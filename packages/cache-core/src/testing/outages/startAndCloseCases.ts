import assert from 'node:assert/strict';
import { openHandles } from '../harness/openHandles';
import { DEFAULT_COMMAND_TIMEOUT_MS, LIMITS, limitOf } from './limits';
import { outageCase } from './proxyCase';
import type { OutageCase, OutageTarget } from './outageTarget';
import { untilUsed, withCache } from './withCache';
import type { OpenedCache } from './withCache';

/** A start and a close while the servers are away. */
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
    const before = openHandles();
    for (let count = 0; count < 3; count++) {
      await withCache(target, 'proxies', async ({ manager, cache, clock, proxies }) => {
        await untilUsed(cache, 5000);
        for (const proxy of proxies) proxy.blackHole('all');
        const pending = Promise.all([cache.get('key'), cache.set('key', 1), cache.delete('key')]);
        const startedAtMs = clock.now();
        await manager.close();
        const tookMs = clock.now() - startedAtMs;
        const limitMs = 2000 + LIMITS.busyMs;
        if (tookMs > limitMs) assert.fail(`the close took ${Math.round(tookMs)} ms, where ${limitMs} are allowed`);
        await pending;
      });
    }
    const left = () => [...openHandles()].filter(([kind, open]) => open - (before.get(kind) ?? 0) >= 3);
    const deadlineMs = performance.now() + 1000;
    while (left().length > 0 && performance.now() < deadlineMs) await new Promise(setImmediate);
    if (left().length > 0) {
      const found = left().map(([what, open]) => `${open - (before.get(what) ?? 0)} of the kind ${what}`);
      assert.fail(`1 s after three caches were closed in an outage they have left ${found.join(', ')}`);
    }
  }),
];

async function startAll(target: OutageTarget): Promise<void> {
  await Promise.all(target.servers.map(server => server.start()));
  await target.untilReady?.();
}

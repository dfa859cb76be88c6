import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { block } from '../harness/block';
import { usedHeap } from '../harness/usedHeap';
import { LIMITS, limitOf } from './limits';
import { proxyCase } from './proxyCase';
import type { OutageCase } from './outageTarget';
import { assertStates, untilUsed, waitFor } from './withCache';
import type { OpenedCache } from './withCache';

/** More turns of the event loop than a command needs to get through a proxy. */
const TURNS_TO_SERVER = 20;
/** How long after the block replies arrive that a server has sent before it. */
const LATE_REPLY_MS = 20;

const toBlockMs = (commandTimeoutMs: number) => 3 * commandTimeoutMs;

/** Blocks the event loop while operations are under way: before anything is sent, or once `send` has resolved. */
async function assertBlockLosesNothing(
  { cache, commandTimeoutMs }: OpenedCache,
  send?: () => Promise<void>,
): Promise<void> {
  const values = Array.from({ length: 20 }, () => cache.get('recovered'));
  const written = cache.set('recovered', 'value');
  await send?.();
  block(toBlockMs(commandTimeoutMs));
  const read = await Promise.all(values);
  const missed = read.filter(value => value !== 'value').length;
  if (missed > 0) {
    assert.fail(`${missed} of 20 gets, issued before the event loop was blocked, return no value, where all should`);
  }
  await written;
  if ((await cache.get('recovered')) !== 'value') {
    assert.fail('a key that was set before the event loop was blocked is a miss: its write was given up');
  }
}

/** Cases of a blocked event loop, of bursts, and of the memory that they leave. */
export const loadCases: readonly OutageCase[] = [
  proxyCase('an event loop that is blocked for longer than the command timeout is not an outage', async opened => {
    const { cache, commandTimeoutMs, proxies, states } = opened;
    await untilUsed(cache, 5000);
    for (let round = 0; round < 2; round++) await assertBlockLosesNothing(opened);
    for (const proxy of proxies) proxy.damage({ delayMs: toBlockMs(commandTimeoutMs) + LATE_REPLY_MS });
    await assertBlockLosesNothing(opened, async () => {
      // The servers get the commands before the block, and their replies arrive after it. How soon they answer must not matter: a busy
      // machine may delay them.
      for (let turn = 0; turn < TURNS_TO_SERVER; turn++) await new Promise(setImmediate);
      await Promise.all(proxies.map(proxy => proxy.heal()));
    });
    assertStates(states(), ['available']);
  }),
  proxyCase(
    'a burst of 40,000 unanswered operations settles in time',
    async ({ cache, clock, commandTimeoutMs, proxies }) => {
      await untilUsed(cache, 5000);
      for (const proxy of proxies) proxy.blackHole('all');
      const startedAtMs = clock.now();
      const operations = Array.from({ length: 20_000 }, (_, index) => [
        cache.get(`key-${index}`),
        cache.set(`key-${index}`, index),
      ]);
      const values = await Promise.all(operations.flat());
      const tookMs = clock.now() - startedAtMs;
      const limitMs = limitOf(commandTimeoutMs) + LIMITS.burstMs;
      assert.ok(tookMs <= limitMs, `the last one took ${Math.round(tookMs)} ms, where ${limitMs} are allowed`);
      assert.ok(
        values.every(value => value === undefined),
        'something was read',
      );
    },
  ),
  proxyCase('writes during an outage are not kept in memory', async ({ cache, proxies, states }) => {
    await untilUsed(cache, 5000);
    for (const proxy of proxies) proxy.refuse();
    await waitFor(() => states().includes('unavailable'), 1000);
    const before = usedHeap();
    const writes = Array.from({ length: 5000 }, (_, index) =>
      cache.set(`key-${index}`, randomBytes(5000).toString('hex')),
    );
    await Promise.all(writes);
    writes.length = 0;
    // Closed sockets are released one turn of the event loop later.
    await sleep(100);
    const grownBytes = usedHeap() - before;
    if (grownBytes >= LIMITS.heapBytes) {
      const text = `5,000 writes of 10 KB keep ${grownBytes} bytes of memory`;
      assert.fail(`${text}, where less than ${LIMITS.heapBytes} are allowed`);
    }
  }),
];

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCacheManager } from '../../cacheManager';
import type { FaultKind } from './faultKinds';
import type { Address } from './faultProxy';
import { LIMITS, limitOf } from './limits';
import { measureOutage, oldValueOf } from './measureOutage';
import type { OutageMeasures } from './measureOutage';
import type { OutageTarget } from './outageTarget';
import { assertStates, untilUsed, waitFor, withCache } from './withCache';

/** Causes a fault and asserts all promises: during it, at its end, and afterwards. */
export async function runOutage(target: OutageTarget, kind: FaultKind, inFlight: number): Promise<void> {
  await withCache(target, kind.through, async ({ cache, pluginId, proxies, states, commandTimeoutMs, addresses }) => {
    const fault = kind.toFault(target.servers, proxies);
    let isOver = false;
    // Ends the fault once: `start` may be called only after `kill`, and `thaw` only after `freeze`.
    const untilReady = async () => {
      if (!isOver) await fault.end();
      isOver = true;
      await target.untilReady?.();
    };
    try {
      const plan = { fault: { begin: () => fault.begin(), end: untilReady }, lengthMs: kind.lengthMs, inFlight };
      const measures = await measureOutage(cache, plan);
      assertKept(measures, limitOf(commandTimeoutMs) + (inFlight > 1000 ? LIMITS.burstMs : 0));
      // With thousands in flight a busy machine may notice the fault later.
      if (inFlight <= 1000) assertLater(measures);
      assertRecovered(measures, kind);
      // The last one of several servers may come back after the store is used again.
      await waitFor(() => states().at(-1) === 'available', LIMITS.replacedMs);
      // Connections may be replaced before the breaker opens; then there was no outage.
      const outages = kind.endsByItself && states().length === 1 ? [] : ['unavailable', 'available'];
      assertStates(states(), ['available', ...outages]);
      await assertRemoved(target, addresses, pluginId, measures.writtenKeys);
    } finally {
      await untilReady();
    }
  });
}

/** Asserts that every operation settles in time, none rejects, and no get returns an old value or that of another key. */
export function assertKept(measures: OutageMeasures, limitMs: number): void {
  const { operations, unsettled, rejected, staleReads, wrongReads, longestMs } = measures;
  const counts = {
    'have not settled after 4 s': unsettled,
    rejected,
    'gave a value that a later write of the key had replaced or removed': staleReads,
    'gave what was never set under the key': wrongReads,
  };
  const wrong = Object.entries(counts).filter(([, count]) => count > 0);
  if (wrong.length > 0) {
    const found = wrong.map(([what, count]) => `${count} ${what}`);
    assert.fail(`of ${operations} operations ${found.join(', and ')}, where none is expected`);
  }
  if (longestMs > limitMs) {
    assert.fail(`the longest operation took ${Math.round(longestMs)} ms, where ${limitMs} are allowed`);
  }
}

/** Asserts that operations do not wait for the server once the fault is known. */
function assertLater({ medianLaterMs }: OutageMeasures): void {
  const laterMs = LIMITS.laterMs + LIMITS.busyLaterMs;
  if (medianLaterMs > laterMs) {
    const text = `half of the operations later than 1 s into the outage took ${medianLaterMs} ms or more`;
    assert.fail(`${text}, where ${laterMs} are allowed`);
  }
}

/** Asserts that the store is used again in time. */
function assertRecovered({ recoveredAfterMs, usableAfterMs }: OutageMeasures, kind: FaultKind): void {
  const tookMs = kind.endsByItself ? usableAfterMs : recoveredAfterMs;
  const limitMs = kind.endsByItself ? LIMITS.replacedMs : LIMITS.recoveredMs;
  const allowedMs = limitMs + LIMITS.busyMs;
  if (tookMs === undefined || tookMs > allowedMs) {
    const seen = tookMs === undefined ? 'is not used again within 6 s' : `is used again after ${Math.round(tookMs)} ms`;
    const since = kind.endsByItself ? 'the beginning of the fault' : 'the end of the fault';
    assert.fail(`the store ${seen}, counted from ${since}, where ${allowedMs} ms are allowed`);
  }
}

/** Asserts that the old values are gone from the store, so that another process does not find them either. */
async function assertRemoved(
  target: OutageTarget,
  addresses: readonly Address[],
  pluginId: string,
  keys: readonly string[],
): Promise<void> {
  const driverOptions = await target.toOptions(addresses);
  const manager = createCacheManager({ driver: target.driver, driverOptions });
  try {
    const cache = manager.forPlugin(pluginId);
    await untilUsed(cache, 5000);
    const findOld = async () => {
      const values = await Promise.all(keys.map(key => cache.get(key)));
      return keys.filter((key, index) => values[index] === oldValueOf(key));
    };
    // The last one of several servers may have come back only now.
    const deadlineMs = performance.now() + LIMITS.replacedMs;
    while ((await findOld()).length > 0 && performance.now() < deadlineMs) await sleep(50);
    const old = await findOld();
    if (old.length > 0) {
      const text = `another process still finds the old values of ${old.length} keys that were overwritten or deleted in the outage`;
      assert.fail(`${text}, such as "${old[0]}", ${LIMITS.replacedMs} ms after the store was used again`);
    }
  } finally {
    await manager.close();
  }
}

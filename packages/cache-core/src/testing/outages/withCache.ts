import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCacheManager } from '../../cacheManager';
import type { CacheManager } from '../../cacheManager';
import type { CacheService } from '../../contract/cacheService';
import type { CacheStateChange } from '../../contract/observer';
import { startProcessClock } from '../harness/startProcessClock';
import type { ProcessClock } from '../harness/startProcessClock';
import { uniqueName } from '../harness/uniqueName';
import { createFaultProxy } from './faultProxy';
import type { Address, FaultProxy } from './faultProxy';
import { DEFAULT_COMMAND_TIMEOUT_MS, ENTRY_TTL_MS } from './limits';
import type { OutageTarget } from './outageTarget';

export interface OpenedCache {
  readonly manager: CacheManager;
  readonly cache: CacheService;
  readonly pluginId: string;
  readonly proxies: readonly FaultProxy[];
  readonly addresses: readonly Address[];
  readonly commandTimeoutMs: number;
  /** Measures the time that the cache takes. */
  readonly clock: ProcessClock;
  readonly states: () => readonly CacheStateChange['state'][];
}

/**
 * Runs `use` with a cache, which reaches the servers through proxies or directly. Calls `prepare` before that. Closes everything
 * afterwards, even when `use` fails. Fails when there was an uncaught exception or an unhandled rejection.
 */
export async function withCache(
  target: OutageTarget,
  through: 'proxies' | 'processes',
  use: (opened: OpenedCache) => Promise<void>,
  prepare: (proxies: readonly FaultProxy[]) => Promise<void> = async () => {},
): Promise<void> {
  const uncaught: unknown[] = [];
  const onUncaught = (error: unknown) => void uncaught.push(error);
  process.on('uncaughtException', onUncaught).on('unhandledRejection', onUncaught);
  const proxies = through === 'proxies' ? await Promise.all(target.servers.map(createFaultProxy)) : [];
  const addresses = proxies.length > 0 ? proxies.map(({ address }) => address) : target.servers;
  const changes: CacheStateChange[] = [];
  const driverOptions = await target.toOptions(addresses);
  await prepare(proxies);
  const manager = createCacheManager({
    driver: target.driver,
    driverOptions,
    observer: { onStateChange: change => void changes.push(change) },
  });
  const pluginId = uniqueName();
  const commandTimeoutMs = target.driver.policy?.(driverOptions).commandTimeoutMs ?? DEFAULT_COMMAND_TIMEOUT_MS;
  const states = () => changes.map(({ state }) => state);
  const cache = manager.forPlugin(pluginId);
  const clock = startProcessClock();
  try {
    await use({ manager, cache, pluginId, proxies, addresses, commandTimeoutMs, clock, states });
    if (uncaught.length > 0) assert.fail(toUncaughtMessage(uncaught));
  } catch (error) {
    // The uncaught errors may be the reason for the failure.
    if (uncaught.length > 0 && error instanceof Error && error.message !== toUncaughtMessage(uncaught))
      error.message += `; ${toUncaughtMessage(uncaught)}`;
    throw error;
  } finally {
    clock.stop();
    await manager.close();
    await Promise.all(proxies.map(proxy => proxy.close()));
    process.off('uncaughtException', onUncaught).off('unhandledRejection', onUncaught);
  }
}

function toUncaughtMessage(uncaught: readonly unknown[]): string {
  return `${uncaught.length} errors that nobody has caught, such as ${String(uncaught[0])}`;
}

/** Compares the states that the observer has seen with the expected ones. */
export function assertStates(states: readonly string[], expected: readonly string[]): void {
  if (states.join() === expected.join()) return;
  assert.fail(`the states of the store were ${states.join(', ')}, where ${expected.join(', ')} is expected`);
}

/** Resolves when `isSo` returns true, at the latest after `withinMs`. */
export async function waitFor(isSo: () => boolean, withinMs: number): Promise<void> {
  const deadlineMs = performance.now() + withinMs;
  while (!isSo() && performance.now() < deadlineMs) await sleep(10);
}

/** Resolves when a newly set value can be read. Fails after `withinMs`. */
export async function untilUsed(cache: CacheService, withinMs: number): Promise<void> {
  const deadlineMs = performance.now() + withinMs;
  for (;;) {
    await cache.set('recovered', 'value', { ttl: ENTRY_TTL_MS });
    if ((await cache.get('recovered')) === 'value') return;
    if (performance.now() >= deadlineMs) {
      assert.fail(
        `the store is not used, a value that was just set is a miss, after the ${withinMs} ms that are allowed`,
      );
    }
    await sleep(10);
  }
}

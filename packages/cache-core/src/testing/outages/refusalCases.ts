import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Awaitable } from '../../contract/awaitable';
import { show } from '../harness/history';
import { uniqueName } from '../harness/uniqueName';
import type { FaultProxy } from './faultProxy';
import { ENTRY_TTL_MS } from './limits';
import { proxyCase } from './proxyCase';
import type { OutageCase, OutageTarget } from './outageTarget';
import { untilUsed } from './withCache';

/** Cases of replies with which a server refuses a request. */
export const refusalCases: readonly OutageCase[] = [
  proxyCase('a refusal is neither a value nor a success', async ({ cache, proxies, addresses }, target) => {
    if (!target.refusal) {
      process.emitWarning('The outage suite tests no refusal: its target has no `refusal`');
      return;
    }
    await untilUsed(cache, 5000);
    const refuse = (request: string) => target.refusal?.(request) ?? '';
    const deadlineMs = performance.now() + 5000;
    // A cluster may announce the proxies' addresses a moment later; until then a driver connects to the nodes directly.
    while (!(await isRefused(target, await target.toOptions(addresses), proxies, refuse))) {
      if (performance.now() > deadlineMs)
        assert.fail('the driver writes nothing, or does not use the addresses that toOptions was given');
      await sleep(200);
    }
  }),
];

/**
 * Whether a new driver rejects every refused operation. Returns `false` when no request went through the proxies, so that none was refused.
 * Fails when the driver takes a refusal for a value or a success.
 */
async function isRefused(
  target: OutageTarget,
  options: unknown,
  proxies: readonly FaultProxy[],
  refuse: (request: string) => string,
): Promise<boolean> {
  const driver = target.driver.create(options, { connected: () => {}, disconnected: () => {} });
  try {
    const key = uniqueName();
    const operations: Readonly<Record<string, () => Awaitable<unknown>>> = {
      get: () => driver.get(key),
      set: () => driver.set(key, 'new', ENTRY_TTL_MS),
      delete: () => driver.delete(key),
    };
    const isWritten = await (async () => driver.set(key, 'old', ENTRY_TTL_MS))().then(
      () => true,
      () => false,
    );
    // The driver may not be connected to this node of a cluster yet.
    if (!isWritten) return false;
    for (const [name, operation] of Object.entries(operations)) {
      let refusals = 0;
      const answer = (request: string) => {
        if (request.includes(key)) refusals++;
        return refuse(request);
      };
      for (const proxy of proxies) proxy.damage({ answer });
      const settled = (async () => operation())().then(
        result => `resolves with ${show(result)}`,
        () => undefined,
      );
      // An operation that never settles is fine here: core's deadline ends it.
      const resolved = await Promise.race([settled, sleep(1000, undefined, { ref: false })]);
      await Promise.all(proxies.map(proxy => proxy.heal()));
      if (refusals === 0) return false;
      if (resolved) assert.fail(`a ${name} that the server refuses ${resolved}, where it has to reject`);
    }
    return true;
  } finally {
    await driver.close();
  }
}

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CacheDriver } from '../driver';
import type { ConformanceCase } from './conformanceCase';
import { createDriver, openHandles, uniqueName, withDriver } from './openTarget';

const CLOSE_TIMEOUT_MS = 2000;

async function settlesInTime(what: string, promise: Promise<unknown>): Promise<void> {
  const timer = new AbortController();
  const late = sleep(CLOSE_TIMEOUT_MS, 'late', { signal: timer.signal }).catch(() => 'stopped');
  const first = await Promise.race([promise.then(() => 'settled'), late]);
  timer.abort();
  assert.equal(first, 'settled', `${what} has not settled after ${CLOSE_TIMEOUT_MS} ms`);
}

const operations: readonly (readonly [string, (driver: CacheDriver, key: string) => Promise<unknown>])[] = [
  ['get', async (driver, key) => driver.get(key)],
  ['set', async (driver, key) => driver.set(key, 'text')],
  ['delete', async (driver, key) => driver.delete(key)],
];

export const lifecycleCases: readonly ConformanceCase[] = [
  {
    group: 'lifecycle',
    name: 'a close settles in time, as often as it is called',
    async run(target) {
      const driver = createDriver(target);
      await driver.get(uniqueName());
      await settlesInTime('close', Promise.all([driver.close(), driver.close()]));
      await settlesInTime('another close', driver.close());
    },
  },
  {
    group: 'lifecycle',
    name: 'a driver can be closed as soon as it is created',
    async run(target) {
      await settlesInTime('close', createDriver(target).close());
    },
  },
  {
    group: 'lifecycle',
    name: 'after a close every operation rejects with CACHE_CLOSED',
    async run(target) {
      const driver = createDriver(target);
      const key = uniqueName();
      await driver.set(key, 'text');
      await driver.close();
      const getMany = driver.getMany?.bind(driver);
      const all = getMany ? [...operations, ['getMany', () => getMany([key])] as const] : operations;
      for (const [name, operation] of all) {
        const error: unknown = await operation(driver, key).then(
          () => 'nothing',
          (thrown: unknown) => thrown,
        );
        assert.equal((error as { code?: unknown }).code, 'CACHE_CLOSED', `${name} rejects with ${String(error)}`);
      }
    },
  },
  {
    group: 'lifecycle',
    name: 'connections that are counted are there while the driver is used, and gone after its close',
    async run(target) {
      const driver = createDriver(target);
      if (!driver.connections) return driver.close();
      await driver.get(uniqueName());
      const open = driver.connections();
      await driver.close();
      assert.ok(Number.isInteger(open) && open > 0, `${open} connections while the driver is used`);
      assert.equal(driver.connections(), 0, 'connections after the close');
    },
  },
  {
    group: 'lifecycle',
    name: 'operations in flight settle when the driver is closed',
    async run(target) {
      const driver = createDriver(target);
      const key = uniqueName();
      await driver.get(key);
      const inFlight = Promise.allSettled(operations.map(([, operation]) => operation(driver, key)));
      await Promise.all([settlesInTime('an operation in flight', inFlight), driver.close()]);
    },
  },
  {
    group: 'lifecycle',
    name: 'a close of one driver leaves another one on the same store open',
    run: target =>
      withDriver(target, async (driver, prefix) => {
        await driver.set(`${prefix}key`, 'text');
        await withDriver(target, async other => {
          await other.get(`${prefix}key`);
        });
        assert.equal(await driver.get(`${prefix}key`), 'text');
      }),
  },
  {
    group: 'lifecycle',
    name: 'a close leaves nothing behind that keeps the process from ending',
    async run(target) {
      const drivers = 10;
      const before = openHandles();
      for (let count = 0; count < drivers; count++) {
        await withDriver(target, async (driver, prefix) => {
          await driver.set(`${prefix}key`, 'text', 60_000);
        });
      }
      // A socket that was closed is gone one turn of the event loop later, at the soonest. What else runs in the process
      // opens and ends some of its own, so it takes more than these to be a leak.
      const deadlineMs = performance.now() + 1000;
      const left = () => [...openHandles()].filter(([kind, count]) => count - (before.get(kind) ?? 0) >= drivers / 2);
      while (left().length > 0 && performance.now() < deadlineMs) await new Promise(setImmediate);
      assert.deepEqual(left(), []);
    },
  },
];

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { isCacheError } from '../../contract/cacheError';
import type { CacheDriver } from '../../contract/driver';
import { casesOf } from '../harness/casesOf';
import type { ConformanceCase } from '../harness/conformanceTarget';
import { expectGet } from '../harness/expectGet';
import { show } from '../harness/history';
import { createDriver, withDriver } from '../harness/withDriver';
import { openHandles } from '../harness/openHandles';
import { uniqueName } from '../harness/uniqueName';
import { findTimersLeft } from '../harness/findTimersLeft';

const CLOSE_TIMEOUT_MS = 2000;
/** A closed driver cannot remove its entries, so they expire. */
const TTL_MS = 60_000;

async function settlesInTime(what: string, promise: Promise<unknown>): Promise<void> {
  const timer = new AbortController();
  const late = sleep(CLOSE_TIMEOUT_MS, 'late', { signal: timer.signal }).catch(() => 'stopped');
  const first = await Promise.race([promise.then(() => 'settled'), late]);
  timer.abort();
  if (first !== 'settled') assert.fail(`${what} has not settled after the ${CLOSE_TIMEOUT_MS} ms that it may take`);
}

const operations: readonly (readonly [string, (driver: CacheDriver, key: string) => Promise<unknown>])[] = [
  ['get', async (driver, key) => driver.get(key)],
  ['set', async (driver, key) => driver.set(key, 'text', TTL_MS)],
  ['delete', async (driver, key) => driver.delete(key)],
];

const { driverCase, targetCase } = casesOf('lifecycle');

export const lifecycleCases: readonly ConformanceCase[] = [
  targetCase('close settles in time, however often it is called', async target => {
    const driver = createDriver(target);
    await driver.get(uniqueName());
    await settlesInTime('close', Promise.all([driver.close(), driver.close()]));
    await settlesInTime('another close', driver.close());
  }),
  targetCase('a driver can be closed as soon as it is created', async target => {
    await settlesInTime('close', createDriver(target).close());
  }),
  targetCase('after close every operation rejects with CACHE_CLOSED', async target => {
    const driver = createDriver(target);
    const key = uniqueName();
    await driver.set(key, 'text', TTL_MS);
    await driver.close();
    const getMany = driver.getMany?.bind(driver);
    const add = driver.add?.bind(driver);
    const all = [
      ...operations,
      ...(getMany ? [['getMany', () => getMany([key])] as const] : []),
      ...(add ? [['add', () => add(key, 'text', TTL_MS)] as const] : []),
    ];
    for (const [name, operation] of all) {
      const outcome = await operation(driver, key).then(
        result => `resolves with ${show(result)}`,
        (error: unknown) => (isCacheError(error, 'CACHE_CLOSED') ? 'closed' : `rejects with ${String(error)}`),
      );
      if (outcome !== 'closed') {
        assert.fail(`${name} after a close ${outcome}, where a CacheError with the code CACHE_CLOSED is expected`);
      }
    }
  }),
  targetCase('connections() is above 0 while the driver is in use, and 0 after close', async target => {
    const driver = createDriver(target);
    if (!driver.connections) return driver.close();
    await driver.get(uniqueName());
    const open = driver.connections();
    await driver.close();
    if (!Number.isInteger(open) || open <= 0) {
      assert.fail(`connections() gives ${open} while the driver is used, where a whole number above 0 is expected`);
    }
    const left = driver.connections();
    if (left !== 0) assert.fail(`connections() gives ${left} after a close, where 0 is expected`);
  }),
  targetCase('operations in flight settle when the driver is closed', async target => {
    const driver = createDriver(target);
    const key = uniqueName();
    await driver.get(key);
    const inFlight = Promise.allSettled(operations.map(([, operation]) => operation(driver, key)));
    await Promise.all([settlesInTime('an operation in flight', inFlight), driver.close()]);
  }),
  driverCase('closing one driver leaves another on the same store open', async (driver, prefix, target) => {
    await driver.set(`${prefix}key`, 'text');
    await withDriver(target, async other => {
      await other.get(`${prefix}key`);
    });
    await expectGet(driver, `${prefix}key`, 'text');
  }),
  targetCase('close leaves no timer running, not even an unreferenced one', async target => {
    const use = () =>
      withDriver(target, async (driver, prefix) => {
        await driver.set(`${prefix}key`, 'text', TTL_MS);
        await driver.get(`${prefix}key`);
      });
    const left = await findTimersLeft(use, CLOSE_TIMEOUT_MS);
    if (left.length > 0) {
      assert.fail(
        `${left.length} timers still run ${CLOSE_TIMEOUT_MS} ms after a close, where none is expected: ${left.join(', ')}`,
      );
    }
  }),
  targetCase('close leaves nothing that keeps the process alive', async target => {
    const drivers = 10;
    const before = openHandles();
    for (let count = 0; count < drivers; count++) {
      await withDriver(target, async (driver, prefix) => {
        await driver.set(`${prefix}key`, 'text', 60_000);
      });
    }
    // A closed socket disappears one turn of the event loop later at the earliest. Other code in this process opens and
    // closes handles too, so only half a handle per driver counts as a leak.
    const deadlineMs = performance.now() + 1000;
    const left = () => [...openHandles()].filter(([kind, count]) => count - (before.get(kind) ?? 0) >= drivers / 2);
    while (left().length > 0 && performance.now() < deadlineMs) await sleep(1);
    if (left().length > 0) {
      const found = left().map(([kind, count]) => `${count - (before.get(kind) ?? 0)} of the kind ${kind}`);
      assert.fail(
        `1 s after ${drivers} drivers were closed they have left ${found.join(', ')}, where none is expected`,
      );
    }
  }),
];

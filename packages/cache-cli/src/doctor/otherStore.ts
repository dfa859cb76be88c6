import { randomBytes } from 'node:crypto';
import { isCacheError } from '@greenroom/cache-core';
import type { CacheDriverDefinition } from '@greenroom/cache-core';
import type { Deadline } from './link/deadline';
import type { Findings } from './report/findings';

/** How long a driver may take to connect, in ms. */
const CONNECT_MS = 1500;

/** Checks a driver that the doctor has no special checks for: sets, gets and deletes one key of its own. */
export async function checkOtherStore(
  driver: CacheDriverDefinition,
  options: unknown,
  { findings, deadline }: { readonly findings: Findings; readonly deadline: Deadline },
): Promise<void> {
  const store = driver.create(options, { connected() {}, disconnected() {} });
  try {
    await within(tryStore(), Math.min(CONNECT_MS, deadline.left()));
  } catch (error) {
    // The message comes from a third-party driver and may hold an address with a password, so it is not shown.
    const code = isCacheError(error) ? error.code : 'no answer in time';
    findings.add({
      ...{
        id: 'connect.failed',
        severity: 'error',
        title: `The driver of ${driver.store} does not get through to its store`,
      },
      detail: `A set, get and delete of one key failed (${code}).`,
      fix: "Check its address in backend.cache; the driver's documentation says more.",
    });
  } finally {
    await within(store.close(), Math.max(200, deadline.left())).catch(() => undefined);
  }

  async function tryStore(): Promise<void> {
    const key = `cache:doctor-${randomBytes(8).toString('hex')}`;
    const text = '"doctor"';
    await store.set(key, text, 5000);
    const read = await store.get(key);
    await store.delete(key);
    if (read === text) return;
    findings.add({
      ...{ id: 'connect.failed', severity: 'warning', title: `${driver.store} does not return what was set` },
      detail: 'A key was set for 5 s, and read as absent or as something else right afterwards.',
      fix: 'Run the conformance suite against the driver: @greenroom/cache-core/testing.',
    });
  }
}

async function within<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

import { randomBytes } from 'node:crypto';
import type { Awaitable } from '../contract/awaitable';
import type { CheckedDriver } from './checkedDriver';

/** The right to load a value while other processes wait. It is advice: it expires by itself, and keeps nobody from loading. */
export interface Lease {
  /** Removes it in the background, so that others need not wait until it expires. Idempotent. */
  giveBack(): void;
}

/** Leases, as entries of their own in the store that all processes share. */
export interface Leases {
  /** `held`: another holder has it. `undefined`: the store has not answered. */
  take(key: string, leaseMs: number): Promise<Lease | 'held' | undefined>;
}

/** What {@link createLeases} needs. */
export interface LeasesOptions {
  readonly driver: Pick<CheckedDriver, 'get' | 'delete'> & Required<Pick<CheckedDriver, 'add'>>;
  readonly commandTimeoutMs: number;
  /** Calls the driver, in bounded time. Resolves with `undefined` when the call has failed, which is reported. */
  readonly ask: <Answer>(
    method: 'add' | 'get' | 'delete',
    call: () => Awaitable<Answer>,
  ) => Promise<{ readonly answer: Answer } | undefined>;
}

export function createLeases({ driver, commandTimeoutMs, ask }: LeasesOptions): Leases {
  /**
   * No driver compares and deletes in one step. So the delete is sent only if the store still has what this holder wrote, and if the lease
   * lasts longer than a command may take: until it ends, nobody else can take it. One race remains: between the two commands the store
   * loses the entry, and another holder takes the lease.
   */
  async function remove(key: string, text: string, endsAtMs: number): Promise<void> {
    const found = await ask('get', () => driver.get(key));
    if (found?.answer !== text) return;
    if (performance.now() + commandTimeoutMs > endsAtMs) return;
    await ask('delete', () => driver.delete(key));
  }

  return {
    async take(key, leaseMs) {
      const text = `"${randomBytes(12).toString('base64url')}"`;
      // Computed before the lease is sent, so the lease never ends earlier in the store.
      const endsAtMs = performance.now() + leaseMs;
      const taken = await ask('add', () => driver.add(key, text, leaseMs));
      if (taken?.answer === false) return 'held';
      if (!taken) return undefined;
      let isGivenBack = false;
      return {
        giveBack() {
          if (!isGivenBack) void remove(key, text, endsAtMs);
          isGivenBack = true;
        },
      };
    },
  };
}

import type { CacheDriverDefinition } from '@greenroom/cache-core';
import { measureMs } from '@greenroom/cache-core/testing';
import { memcacheDriver } from '@greenroom/cache-memcache';
import { memoryDriver } from '@greenroom/cache-memory';
import { redisDriver } from '@greenroom/cache-redis';
import { valkeyDriver } from '@greenroom/cache-valkey';
import { diagnose } from '../doctor/diagnose';
import type { DoctorReport } from '../doctor/diagnose';

const drivers: readonly { readonly store: string }[] = [memoryDriver, memcacheDriver, redisDriver, valkeyDriver];

/** Asks the doctor about a configuration at `backend.cache`. The `durationMs` of its report leaves out the time of other processes. */
export async function askDoctor(config: object, added: readonly CacheDriverDefinition[] = []): Promise<DoctorReport> {
  const asking = diagnose(config, {
    path: 'backend.cache',
    signal: new AbortController().signal,
    loadDriver: async store => {
      const driver = [...added, ...drivers].find(each => each.store === store);
      if (!driver) throw new Error(`no driver for ${store}`);
      return driver as CacheDriverDefinition;
    },
    progress() {},
  });
  const durationMs = await measureMs(() => asking);
  return { ...(await asking), durationMs };
}

/**
 * Findings above `info`. A long round trip counts only if it is wanted: dozens of servers start at once on the machine of the tests, which
 * makes round trips long.
 */
export function seriousOf({ findings }: DoctorReport, wanted: readonly string[] = []): DoctorReport['findings'] {
  return findings.filter(({ id, severity }) => severity !== 'info' && (id !== 'latency.high' || wanted.includes(id)));
}

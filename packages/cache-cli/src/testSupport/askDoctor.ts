import type { CacheDriverDefinition } from '@greenroom/cache-core';
import { memcacheDriver } from '@greenroom/cache-memcache';
import { memoryDriver } from '@greenroom/cache-memory';
import { redisDriver } from '@greenroom/cache-redis';
import { valkeyDriver } from '@greenroom/cache-valkey';
import { diagnose } from '../doctor/diagnose';
import type { DoctorReport } from '../doctor/diagnose';

const drivers: readonly { readonly store: string }[] = [memoryDriver, memcacheDriver, redisDriver, valkeyDriver];

/** Asks the doctor about what is at `backend.cache`. */
export function askDoctor(config: object, added: readonly CacheDriverDefinition[] = []): Promise<DoctorReport> {
  return diagnose(config, {
    path: 'backend.cache',
    signal: new AbortController().signal,
    loadDriver: async store => {
      const driver = [...added, ...drivers].find(each => each.store === store);
      if (!driver) throw new Error(`no driver for ${store}`);
      return driver as CacheDriverDefinition;
    },
    progress() {},
  });
}

/** The ids that a report has, without those of `info`. */
export function seriousIds({ findings }: DoctorReport): readonly string[] {
  return findings.filter(({ severity }) => severity !== 'info').map(({ id }) => id);
}

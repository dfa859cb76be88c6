import { setTimeout } from 'node:timers/promises';
import { coreServices, createBackendPlugin } from '@backstage/backend-plugin-api';
import type { BackendFeature } from '@backstage/backend-plugin-api';
import { extendCache } from '@greenroom/cache-core';
import { trafficSwitchRef } from './trafficSwitch';

/** How a demonstration plugin uses its cache. */
export interface TrafficOptions {
  readonly pluginId: string;
  /** Number of lookups in a second. */
  readonly perSecond: number;
  /** Number of keys; the first ones are looked up most. */
  readonly keys: number;
  /** Length of a value, in characters. */
  readonly length: number;
  /** How long a value is fresh. */
  readonly ttl: string;
  /** Age up to which a value is served while a new one is loaded. */
  readonly staleTtl?: string;
}

/** Duration of a load, in ms. */
const LOAD_MS = 40;

/** A plugin that looks values up while the switch is on. */
export function createTrafficPlugin({ pluginId, perSecond, keys, length, ...ttls }: TrafficOptions): BackendFeature {
  return createBackendPlugin({
    pluginId,
    register(env) {
      env.registerInit({
        deps: {
          cache: coreServices.cache,
          lifecycle: coreServices.lifecycle,
          logger: coreServices.logger,
          traffic: trafficSwitchRef,
        },
        async init({ cache: coreCache, lifecycle, logger, traffic }) {
          const cache = extendCache(coreCache);
          const load = () => setTimeout(LOAD_MS, 'x'.repeat(length));

          function lookUp(): void {
            if (!traffic.isOn) return;
            const key = `item-${Math.floor(keys * Math.random() ** 3)}`;
            cache.getOrSet(key, load, ttls).catch((error: Error) => logger.error('Lookup failed', error));
          }

          const timer = setInterval(lookUp, 1000 / perSecond);
          lifecycle.addShutdownHook(() => clearInterval(timer));
        },
      });
    },
  });
}

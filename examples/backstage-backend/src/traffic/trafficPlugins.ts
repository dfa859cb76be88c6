import { createTrafficPlugin } from './createTrafficPlugin';

/** Three patterns of use that look different in a dashboard. */
export const trafficPlugins = [
  // Few keys that are read again and again: nearly all reads are hits.
  createTrafficPlugin({ pluginId: 'teams', perSecond: 20, keys: 30, length: 300, ttl: '30s' }),
  // More keys than fit into the memory store of this backend: many are evicted before they are read again.
  createTrafficPlugin({ pluginId: 'search', perSecond: 20, keys: 3000, length: 1000, ttl: '10m' }),
  // Large values that soon become stale, and are served while new ones are loaded.
  createTrafficPlugin({ pluginId: 'reports', perSecond: 4, keys: 12, length: 20_000, ttl: '5s', staleTtl: '1m' }),
];

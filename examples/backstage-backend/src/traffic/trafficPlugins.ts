import { createTrafficPlugin } from './createTrafficPlugin';

/** Three kinds of use, which a dashboard can tell apart. */
export const trafficPlugins = [
  // Few keys that are asked for again and again: nearly all are hits.
  createTrafficPlugin({ pluginId: 'teams', perSecond: 20, keys: 30, length: 300, ttl: '30s' }),
  // More keys than the memory store of this backend may hold: many are evicted before they are asked for again.
  createTrafficPlugin({ pluginId: 'search', perSecond: 20, keys: 3000, length: 1000, ttl: '10m' }),
  // Large values that are soon old, and served all the same while they are loaded anew.
  createTrafficPlugin({ pluginId: 'reports', perSecond: 4, keys: 12, length: 20_000, ttl: '5s', staleTtl: '1m' }),
];

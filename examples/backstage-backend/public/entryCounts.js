import { readEntries } from './cacheRoutes.js';

const everyMs = 5000;
const pageLimit = 500;
const maxPages = 4;

/**
 * Counts the entries of each plugin of a store that does not count them itself: now and then, and only the first few thousand, as
 * each page of them is work for the server.
 */
export function createEntryCounts() {
  const counts = new Map();
  let nextAtMs = 0;
  let isCounting = false;
  let isSupported = true;

  async function countAll(plugins) {
    for (const { plugin } of plugins) counts.set(plugin, await count(plugin));
  }

  return {
    /** Adds what is known to the figures, and counts anew when it is time. A store that is away is not asked. */
    addTo({ state, atMs, plugins }) {
      const isAway = state === 'unavailable';
      if (
        isSupported &&
        !isAway &&
        !isCounting &&
        atMs >= nextAtMs &&
        plugins.some(({ entries }) => entries === undefined)
      ) {
        isCounting = true;
        nextAtMs = atMs + everyMs;
        countAll(plugins)
          .catch(({ status }) => {
            // A store that cannot list its entries will not be able to later.
            isSupported = status === undefined || status === 503;
            counts.clear();
          })
          .finally(() => (isCounting = false));
      }
      return plugins.map(figures => ({ ...counts.get(figures.plugin), ...figures }));
    },
    countSoon() {
      nextAtMs = 0;
    },
  };
}

async function count(plugin) {
  let [entries, bytes, cursor, pages] = [0, 0, undefined, 0];
  do {
    const page = await readEntries(plugin, { limit: pageLimit, cursor });
    entries += page.entries.length;
    bytes = page.entries.reduce((sum, entry) => sum + entry.bytes, bytes);
    ({ cursor } = page);
    pages += 1;
  } while (cursor !== undefined && pages < maxPages);
  return { entries, isAtLeast: cursor !== undefined, ...(Number.isFinite(bytes) && { bytes }) };
}

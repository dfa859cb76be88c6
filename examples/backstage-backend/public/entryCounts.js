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
  let [entries, bytes, pages, page] = [0, 0, 0, undefined];
  do {
    page = await readEntries(plugin, { limit: pageLimit, cursor: page?.cursor });
    entries += page.entries.length;
    bytes = page.entries.reduce((sum, entry) => sum + entry.bytes, bytes);
    pages += 1;
  } while (page.cursor !== undefined && pages < maxPages);
  // A store that cannot go on has no cursor, also when there is more.
  const isAtLeast = page.cursor !== undefined || page.entries.length === pageLimit;
  return { entries, isAtLeast, isApproximate: page.isApproximate, ...(Number.isFinite(bytes) && { bytes }) };
}

/**
 * Near caches with mistakes that are easy to make. The check of reads has to find each of them. They wrap a cache that has no near cache.
 */

const faults = {
  /** Does not count the time on the network and in the queue of a blocked event loop. */
  agesFromReply: { ageFrom: 'reply' },
  /** The timer is late when the event loop is blocked. */
  dropsByTimer: { dropsByTimer: true },
  /** Serves a copy of any age when the store does not answer. */
  servesWhileAway: { servesOld: true },
  /** Keeps a copy although this process has written the key. */
  ignoresOwnWrites: { ignoresWrites: true },
};

export function withBrokenCopies(cache, fault, maxStalenessMs) {
  const { ageFrom = 'request', dropsByTimer, servesOld, ignoresWrites } = faults[fault];
  const copies = new Map();
  const mayServe = copy => dropsByTimer || performance.now() - copy.atMs < maxStalenessMs;

  async function get(key) {
    const copy = copies.get(key);
    if (copy && mayServe(copy)) return copy.value;
    const askedMs = performance.now();
    const value = await cache.get(key);
    if (value === undefined) return servesOld ? copy?.value : undefined;
    const kept = { value, atMs: ageFrom === 'reply' ? performance.now() : askedMs };
    copies.set(key, kept);
    if (dropsByTimer) setTimeout(() => copies.get(key) === kept && copies.delete(key), maxStalenessMs).unref();
    return value;
  }

  const change = async (key, write) => {
    if (!ignoresWrites) copies.delete(key);
    await write();
    if (!ignoresWrites) copies.delete(key);
  };
  return {
    get,
    getOrSet: get,
    getMany: async keys => new Map(await Promise.all(keys.map(async key => [key, await get(key)]))),
    set: (key, value, options) => change(key, () => cache.set(key, value, options)),
    delete: key => change(key, () => cache.delete(key)),
  };
}

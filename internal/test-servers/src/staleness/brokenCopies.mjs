/**
 * Near caches as they are easily made, each with a fault that the judgement of reads has to find. They stand in front of a cache
 * without one.
 */

const faults = {
  /** The time on the network, and in the queue of a blocked loop, does not count. */
  agesFromReply: { ageFrom: 'reply' },
  /** A timer is late when the loop is blocked. */
  dropsByTimer: { dropsByTimer: true },
  /** What the store does not answer is taken from the copy, however old it is. */
  servesWhileAway: { servesOld: true },
  /** Its copies outlive what this process has written. */
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

/** One of this many keys is hot. */
const HOT_SHARE = 10;

/** Returns the index of the key for an operation with this number. */
export type KeyOrder = (operation: number) => number;

/**
 * Takes all keys in turn. With `hotPercent`, that share of the operations takes the hot keys, evenly spread, and the other operations take
 * the other keys, each in turn.
 */
export function createKeyOrder(keys: number, hotPercent: number | undefined): KeyOrder {
  if (hotPercent === undefined) return operation => operation % keys;
  const hotKeys = countHotKeys(keys);
  return operation => {
    const hotBefore = Math.floor((operation * hotPercent) / 100);
    const isHot = Math.floor(((operation + 1) * hotPercent) / 100) > hotBefore;
    return isHot ? hotBefore % hotKeys : hotKeys + ((operation - hotBefore) % (keys - hotKeys));
  };
}

/** Number of hot keys, which are the first ones. */
export function countHotKeys(keys: number): number {
  return Math.ceil(keys / HOT_SHARE);
}

/** One key of so many is hot. */
const HOT_SHARE = 10;

/** Tells which key an operation is for, by the number of the operation. */
export type KeyOrder = (operation: number) => number;

/**
 * All keys in turn or, with hot ones, those in their share of the operations, evenly spread, and between them one of the others after
 * the other.
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

/** The first ones. */
export function countHotKeys(keys: number): number {
  return Math.ceil(keys / HOT_SHARE);
}

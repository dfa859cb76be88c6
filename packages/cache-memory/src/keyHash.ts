import { randomInt } from 'node:crypto';

/** Gives each text a number from 0 to 2^32 - 1, of which all bits are equally good. */
export type KeyHash = (key: string) => number;

/** A hash of its own for each table, so that nobody can choose keys that all get the same number. */
export function createKeyHash(): KeyHash {
  const start = randomInt(2 ** 32);
  const multiplier = randomInt(2 ** 31) * 2 + 1;
  return key => {
    let hash = start;
    for (let index = 0; index < key.length; index++) {
      hash = Math.imul(hash ^ key.charCodeAt(index), multiplier);
      hash ^= hash >>> 15;
    }
    hash = Math.imul(hash, multiplier);
    return (hash ^ (hash >>> 16)) >>> 0;
  };
}

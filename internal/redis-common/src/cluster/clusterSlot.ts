export const SLOT_COUNT = 16_384;

/** CRC-16/XMODEM, as the cluster specification demands. */
const table = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc;
});

/**
 * The slot of a key, 0 to 16383. Keys are ASCII. If a key has a hash tag in braces, only the tag counts.
 *
 * @see https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#key-distribution-model
 */
export function toClusterSlot(key: string): number {
  const hashed = /^\{([^}]+)\}/.exec(key.slice(Math.max(key.indexOf('{'), 0)))?.[1] ?? key;
  let crc = 0;
  for (let index = 0; index < hashed.length; index++) {
    crc = ((crc << 8) & 0xffff) ^ (table[((crc >> 8) ^ hashed.charCodeAt(index)) & 0xff] ?? 0);
  }
  return crc % SLOT_COUNT;
}

/** Returns an unsigned integer of 32 bits. Keys chosen to collide only make pauses longer. */
export function hashOf(key: string): number {
  let hash = 0;
  for (let index = 0; index < key.length; index++) hash = (Math.imul(hash, 31) + key.charCodeAt(index)) | 0;
  return hash >>> 0;
}

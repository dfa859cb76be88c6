/** A part of the entries, each in a slot. The slots in use are those from 0 to `size - 1`. */
export interface EntryShard {
  readonly size: number;
  /** The slot of a key with this hash, or `NO_SLOT`. */
  find(key: string, hash: number): number;
  /** `undefined` when the slot is not in use; `text` as well. */
  key(slot: number): string | undefined;
  text(slot: number): string | undefined;
  expiresAtMs(slot: number): number;
  /** One of the numbers that are kept with an entry, each 0 to 2^32 - 1. */
  field(slot: number, field: EntryField): number;
  setField(slot: number, field: EntryField, value: number): void;
  /** Takes a new slot for a key that is not there yet. */
  append(key: string, hash: number): number;
  setValue(slot: number, text: string, expiresAtMs: number): void;
  /** Removes an entry, in whose slot the last one then is. */
  remove(slot: number): void;
}

type EntryField = 0 | 1 | 2;
export const NO_SLOT = -1;

export function createEntryShard(): EntryShard {
  return new ArrayShard();
}

/** Fields that the shard has for itself: the hash of the key, and the link to the next entry in the same bucket. */
const HASH = 3;
const NEXT = 4;
const FIELDS = 5;
const MIN_SPARE_SLOTS = 8;

/**
 * A hash table in arrays. An object for each entry, in a Map, takes twice the memory, and a Map takes one to four times its
 * least when entries come and go. A link is a slot and 1, so that 0 is none. Arrays have an eighth to spare.
 */
class ArrayShard implements EntryShard {
  size = 0;
  #keys: (string | undefined)[] = [];
  #texts: (string | undefined)[] = [];
  #expiresAtMs = new Float64Array(0);
  #fields = new Uint32Array(0);
  /** The link to the first entry of each bucket; a power of two of them. */
  #buckets = new Uint32Array(1);

  find(key: string, hash: number): number {
    let link = this.#buckets[this.#bucket(hash)] as number;
    while (link !== 0) {
      const slot = link - 1;
      if (this.#field(slot, HASH) === hash && this.#keys[slot] === key) return slot;
      link = this.#field(slot, NEXT);
    }
    return NO_SLOT;
  }

  key(slot: number): string | undefined {
    return this.#keys[slot];
  }

  text(slot: number): string | undefined {
    return this.#texts[slot];
  }

  expiresAtMs(slot: number): number {
    return this.#expiresAtMs[slot] as number;
  }

  field(slot: number, field: EntryField): number {
    return this.#field(slot, field);
  }

  setField(slot: number, field: EntryField, value: number): void {
    this.#fields[slot * FIELDS + field] = value;
  }

  append(key: string, hash: number): number {
    if (this.size === this.#expiresAtMs.length) this.#resize();
    const slot = this.size++;
    this.#keys[slot] = key;
    this.#fields[slot * FIELDS + HASH] = hash;
    this.#linkToBucket(slot);
    return slot;
  }

  setValue(slot: number, text: string, expiresAtMs: number): void {
    this.#texts[slot] = text;
    this.#expiresAtMs[slot] = expiresAtMs;
  }

  remove(slot: number): void {
    this.#replaceLink(slot, this.#field(slot, NEXT));
    const last = --this.size;
    if (slot !== last) {
      this.#replaceLink(last, slot + 1);
      this.#keys[slot] = this.#keys[last];
      this.#texts[slot] = this.#texts[last];
      this.#expiresAtMs[slot] = this.expiresAtMs(last);
      this.#fields.copyWithin(slot * FIELDS, last * FIELDS, (last + 1) * FIELDS);
    }
    this.#keys[last] = undefined;
    this.#texts[last] = undefined;
    if (this.#expiresAtMs.length > 2 * (this.size + MIN_SPARE_SLOTS)) this.#resize();
  }

  #field(slot: number, field: number): number {
    return this.#fields[slot * FIELDS + field] as number;
  }

  #bucket(hash: number): number {
    return hash & (this.#buckets.length - 1);
  }

  #linkToBucket(slot: number): void {
    const bucket = this.#bucket(this.#field(slot, HASH));
    this.#fields[slot * FIELDS + NEXT] = this.#buckets[bucket] as number;
    this.#buckets[bucket] = slot + 1;
  }

  /** Lets what links to a slot link to something else. */
  #replaceLink(slot: number, link: number): void {
    const bucket = this.#bucket(this.#field(slot, HASH));
    let before = (this.#buckets[bucket] as number) - 1;
    if (before === slot) {
      this.#buckets[bucket] = link;
      return;
    }
    while (this.#field(before, NEXT) !== slot + 1) before = this.#field(before, NEXT) - 1;
    this.#fields[before * FIELDS + NEXT] = link;
  }

  #resize(): void {
    const { size } = this;
    const before = [this.#expiresAtMs, this.#fields, this.#buckets];
    const slots = size + (size >>> 3) + MIN_SPARE_SLOTS;
    this.#keys = resized(this.#keys, size, slots);
    this.#texts = resized(this.#texts, size, slots);
    const expiresAtMs = new Float64Array(createBuffer(8 * slots));
    expiresAtMs.set(this.#expiresAtMs.subarray(0, size));
    this.#expiresAtMs = expiresAtMs;
    const fields = new Uint32Array(createBuffer(4 * FIELDS * slots));
    fields.set(this.#fields.subarray(0, size * FIELDS));
    this.#fields = fields;
    this.#buckets = new Uint32Array(createBuffer(4 * 2 ** Math.ceil(Math.log2(slots))));
    for (let slot = 0; slot < size; slot++) this.#linkToBucket(slot);
    for (const { buffer } of before) giveBack(buffer as ResizableBuffer);
  }
}

/** To push on an array would leave up to half of it unused. */
function resized(texts: readonly (string | undefined)[], size: number, slots: number): (string | undefined)[] {
  const copy = new Array<string | undefined>(slots);
  for (let slot = 0; slot < size; slot++) copy[slot] = texts[slot];
  return copy;
}

/** A buffer from this size on has pages of memory of its own. */
const OWN_PAGES_BYTES = 32 * 1024;

/** The types that TypeScript has for ES2022 know nothing of it. */
interface ResizableBuffer extends ArrayBuffer {
  readonly resizable: boolean;
  resize(bytes: number): void;
}
const ResizableBuffer = ArrayBuffer as new (bytes: number, options: { maxByteLength: number }) => ArrayBuffer;

/**
 * Memory of a buffer that cannot be resized comes from `malloc`, which keeps most of what is given back to it: after a million
 * entries that is 50 to 90 MB. That of one that can be resized goes back to the system.
 */
function createBuffer(bytes: number): ArrayBuffer {
  return bytes < OWN_PAGES_BYTES ? new ArrayBuffer(bytes) : new ResizableBuffer(bytes, { maxByteLength: bytes });
}

/** At once: that nobody needs it any more would be found out much later. */
function giveBack(buffer: ResizableBuffer): void {
  if (buffer.resizable) buffer.resize(0);
}

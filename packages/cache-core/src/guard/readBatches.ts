import type { CacheDriver } from '../contract/driver';

/** Keys of one read at most. */
const MAX_KEYS = 256;
/** Characters that one read is expected to bring at most: the first of its keys waits for the last. */
const MAX_CHARACTERS = 512 * 1024;
/** Smoothing factor of the moving average of value size, which rises at once and falls slowly. */
const WEIGHT = 0.25;

/** Reads that are wanted in one turn of the event loop, by whatever plugins, become one round trip. */
export interface ReadBatches<Read> {
  add(read: Read): void;
}

/** How many characters a value has that is read, by those found lately. */
export interface SizeEstimate {
  readonly characters: number;
  /** To be called with what one read, or several on average, have found. */
  found(characters: number): void;
}

export function createSizeEstimate(): SizeEstimate {
  let estimate = 0;
  return {
    get characters() {
      return estimate;
    },
    found(characters) {
      // A whole number, which each operation can hold without memory besides.
      estimate = Math.ceil(Math.max(characters, estimate + WEIGHT * (characters - estimate)));
    },
  };
}

/** Who is told which reads go in a round trip, and then what became of each: one of the two, once. */
export interface ReadEvents<Read> {
  sent(reads: readonly Read[]): void;
  answered(read: Read, text: string | undefined, atMs: number): void;
  failed(read: Read, error: unknown): void;
}

/** For a driver with `getMany`. */
export function createReadBatches<Read extends { readonly key: string }>(
  get: CacheDriver['get'],
  getMany: NonNullable<CacheDriver['getMany']>,
  events: ReadEvents<Read>,
  sizes: SizeEstimate,
): ReadBatches<Read> {
  return new Batches(get, getMany, events, sizes);
}

class Batches<Read extends { readonly key: string }> implements ReadBatches<Read> {
  readonly #get: CacheDriver['get'];
  readonly #getMany: NonNullable<CacheDriver['getMany']>;
  readonly #events: ReadEvents<Read>;
  readonly #sizes: SizeEstimate;
  readonly #send = () => this.#sendAll();
  #reads: Read[] = [];

  constructor(
    get: CacheDriver['get'],
    getMany: NonNullable<CacheDriver['getMany']>,
    events: ReadEvents<Read>,
    sizes: SizeEstimate,
  ) {
    this.#get = get;
    this.#getMany = getMany;
    this.#events = events;
    this.#sizes = sizes;
  }

  add(read: Read): void {
    // After all that is going on in this turn, and before anything else.
    if (this.#reads.length === 0) process.nextTick(this.#send);
    this.#reads.push(read);
  }

  #sendAll(): void {
    const reads = this.#reads;
    this.#reads = [];
    const size = Math.max(1, Math.min(MAX_KEYS, Math.floor(MAX_CHARACTERS / this.#sizes.characters)));
    for (let start = 0; start < reads.length; start += size) {
      void this.#sendBatch(reads.length <= size ? reads : reads.slice(start, start + size));
    }
  }

  /** Never rejects. */
  async #sendBatch(reads: readonly Read[]): Promise<void> {
    this.#events.sent(reads);
    let texts: readonly (string | undefined)[];
    try {
      const [first] = reads;
      texts = first && reads.length === 1 ? [await this.#get(first.key)] : await this.#getMany(reads.map(toKey));
    } catch (error) {
      for (const read of reads) this.#events.failed(read, error);
      return;
    }
    const nowMs = performance.now();
    let characters = 0;
    for (let index = 0; index < reads.length; index++) {
      const text = texts[index];
      if (typeof text === 'string') characters += text.length;
      this.#events.answered(reads[index] as Read, text, nowMs);
    }
    this.#sizes.found(characters / reads.length);
  }
}

function toKey({ key }: { readonly key: string }): string {
  return key;
}

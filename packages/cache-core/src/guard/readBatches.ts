import type { CacheDriver } from '../contract/driver';

/** Maximum number of keys of one batch. */
const MAX_KEYS = 256;
/** Maximum number of characters that a batch is expected to return: its first key waits for its last one. */
const MAX_CHARACTERS = 512 * 1024;
/** Smoothing factor of the moving average of value size, which rises at once and falls slowly. */
const WEIGHT = 0.25;

/** Joins the reads of one turn of the event loop, of all plugins, into one round trip. */
export interface ReadBatches<Read> {
  add(read: Read): void;
}

/** Expected length of a value that is read, from the latest reads. */
export interface SizeEstimate {
  readonly characters: number;
  /** A read has found this many characters; for several reads, their average. */
  found(characters: number): void;
}

export function createSizeEstimate(): SizeEstimate {
  let estimate = 0;
  return {
    get characters() {
      return estimate;
    },
    found(characters) {
      // An integer: V8 stores it in the operation itself, without a heap number.
      estimate = Math.ceil(Math.max(characters, estimate + WEIGHT * (characters - estimate)));
    },
  };
}

/** `sent` is called for each round trip, then `answered` or `failed` once for each of its reads. */
export interface ReadEvents<Read> {
  sent(reads: readonly Read[]): void;
  answered(read: Read, text: string | undefined, atMs: number): void;
  failed(read: Read, error: unknown): void;
}

/** Creates the read batches of a driver with `getMany`. */
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
    // Runs when the present turn is over, before any other callback.
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

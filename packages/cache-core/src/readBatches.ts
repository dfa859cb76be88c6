import type { CacheDriver } from './driver';

/** Keys of one read at most. */
const MAX_KEYS = 256;
/** Characters that one read is expected to bring at most: the first of its keys waits for the last. */
const MAX_CHARACTERS = 512 * 1024;
/** How much the latest read counts in what the next one is expected to bring. */
const WEIGHT = 0.25;

/**
 * Reads keys through the driver's `getMany`: those that are wanted in one turn of the event loop, by whatever plugins, become
 * one round trip. Without `getMany` it is the driver's `get`.
 */
export function createReads(driver: CacheDriver): (key: string) => Promise<string | undefined> {
  const getMany = driver.getMany?.bind(driver);
  if (!getMany) return key => driver.get(key);
  const batches = new ReadBatches(key => driver.get(key), getMany);
  return key => batches.read(key);
}

interface Read {
  readonly key: string;
  readonly resolve: (text: string | undefined) => void;
  readonly reject: (error: unknown) => void;
}

class ReadBatches {
  readonly #get: CacheDriver['get'];
  readonly #getMany: NonNullable<CacheDriver['getMany']>;
  #reads: Read[] = [];
  /** Characters of one key, as far as is known. */
  #expected = 0;

  constructor(get: CacheDriver['get'], getMany: NonNullable<CacheDriver['getMany']>) {
    this.#get = get;
    this.#getMany = getMany;
  }

  read(key: string): Promise<string | undefined> {
    return new Promise((resolve, reject) => {
      // After all that is going on in this turn, and before anything else.
      if (this.#reads.length === 0) process.nextTick(() => this.#send());
      this.#reads.push({ key, resolve, reject });
    });
  }

  #send(): void {
    const reads = this.#reads;
    this.#reads = [];
    const size = Math.max(1, Math.min(MAX_KEYS, Math.floor(MAX_CHARACTERS / this.#expected)));
    for (let start = 0; start < reads.length; start += size) {
      const batch = reads.length <= size ? reads : reads.slice(start, start + size);
      const [first] = batch;
      if (first && batch.length === 1) void this.#readOne(first);
      else void this.#readMany(batch);
    }
  }

  async #readOne({ key, resolve, reject }: Read): Promise<void> {
    try {
      const text = await this.#get(key);
      this.#learn(text?.length ?? 0, 1);
      resolve(text);
    } catch (error) {
      reject(error);
    }
  }

  async #readMany(batch: readonly Read[]): Promise<void> {
    try {
      const texts = await this.#getMany(batch.map(({ key }) => key));
      let characters = 0;
      for (const [index, { resolve }] of batch.entries()) {
        const text = texts[index];
        characters += text?.length ?? 0;
        resolve(text);
      }
      this.#learn(characters, batch.length);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  #learn(characters: number, keys: number): void {
    this.#expected += WEIGHT * (characters / keys - this.#expected);
  }
}

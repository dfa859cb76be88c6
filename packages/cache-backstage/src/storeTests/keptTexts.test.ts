import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { CacheService } from '@backstage/backend-plugin-api';
import { startBackend, uniqueId } from '../testSupport/startBackend';
import { serverStores, stores, toCacheConfig } from '../testSupport/stores';

const TEXTS = 150;
const CHARACTERS = 200_000;
/** Limit for the growth of the heap. All texts together have 30 MB. */
const MOST_BYTES = 5 * 1024 * 1024;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function usedHeap(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** Keys that V8 keeps as references to the long text they were cut from. */
function toKeys(text: string): string[] {
  const part = text.slice(10, 60);
  return [part, `entity of ${part}`, /-.{20}/.exec(text)?.[0] ?? '', text.split('.', 2)[1] ?? '', text.slice(0, 1000)];
}

/** Uses keys and a value that were cut from long texts. */
async function useParts(cache: CacheService): Promise<void> {
  for (let number = 0; number < TEXTS; number++) {
    const text = Buffer.alloc(CHARACTERS, `${uniqueId()}-with-some-more.`).toString('latin1');
    // Half of the texts have two bytes for each character.
    const keys = toKeys(number % 2 === 0 ? text : `${text.slice(0, CHARACTERS / 2)}€`);
    await Promise.all(
      keys.map(async (key, index) => {
        if (index % 2 === 0) await cache.set(key, { part: text.slice(70, 170) }, { ttl: 60_000 });
        await cache.get(key);
        if (index % 4 !== 0) await cache.delete(key);
      }),
    );
  }
}

async function expectNothingKept(cache: CacheService): Promise<void> {
  await cache.get('key');
  const heapBefore = usedHeap();
  await useParts(cache);
  // Settled operations are released one turn of the event loop later.
  await new Promise(setImmediate);
  expect(usedHeap() - heapBefore).toBeLessThan(MOST_BYTES);
}

describe.each(stores)('long texts that keys and values were cut from, with $store', each => {
  it('are not kept in memory', async () => {
    const { cacheOf } = await startBackend(toCacheConfig(each));
    await expectNothingKept(cacheOf());
  });
});

describe.each(serverStores)('long texts that keys and values were cut from, with $store away', ({ store }) => {
  it('are not kept in memory', async () => {
    const connection = store === 'memcache' ? '127.0.0.1:1' : `redis://127.0.0.1:1`;
    const { cacheOf } = await startBackend({ store, connection });
    await expectNothingKept(cacheOf());
  });
});

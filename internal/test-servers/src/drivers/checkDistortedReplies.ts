import fc from 'fast-check';
import { waitUntil } from '../helpers/promises';

/** The methods of a plugin's cache that the check uses. */
interface Cache {
  get(key: string): Promise<unknown>;
  set(key: string, value: { owner: string }): Promise<void>;
  delete(key: string): Promise<void>;
}

/** A cache and its server. `distort` makes what the server sends from each reply; while it is `undefined`, replies are left as they are. */
export interface HostileCache<Sent> {
  readonly server: { distort: ((reply: Buffer) => Sent) | undefined };
  readonly cache: Cache;
  /** The owner in the value of a key; `undefined` on a miss. */
  readonly ownerOf: (key: string) => Promise<string | undefined>;
  readonly isRight: (key: string) => Promise<boolean>;
  /** Resolves when every key has its own value; rejects when that takes too long. @param what - for the message */
  readonly untilUsed: (what: string) => Promise<void>;
}

/** The `commandTimeout` of a cache under this check. */
export const hostileCommandTimeoutMs = 100;
export const hostileKeys: readonly string[] = ['alpha', 'bravo', 'charlie', 'delta', 'echo'];

/** A deadline may be extended by 100 ms, and the machine may be busy with several test runs. */
const MARGIN_MS = 2900;
const RECOVERY_MS = 5000;
/** No new round starts after this time. fast-check's own time limit would leave a round unfinished. */
const ROUNDS_MS = 6000;
const CACHES = 12;

/** Wraps a cache whose values name their key. Resolves when its server is used. */
export async function openHostileCache<Sent>(
  server: HostileCache<Sent>['server'],
  cache: Cache,
): Promise<HostileCache<Sent>> {
  const ownerOf = async (key: string) => {
    const found = (await cache.get(key)) as { owner?: string } | undefined;
    return found === undefined ? undefined : (found?.owner ?? JSON.stringify(found));
  };
  const isRight = async (key: string) => (await ownerOf(key)) === key;
  const refuseUnlessUsed = async () => {
    await Promise.all(hostileKeys.map(key => cache.set(key, { owner: key })));
    const right = await Promise.all(hostileKeys.map(isRight));
    if (right.includes(false)) throw new Error('Not every key has its value');
  };
  const untilUsed = (what: string) => waitUntil(what, RECOVERY_MS, refuseUnlessUsed);
  await untilUsed('the server is used');
  return { server, cache, ownerOf, isRight, untilUsed };
}

/**
 * Distorts replies in every way. Fails when the cache does not answer in time, returns the value of another key, or does not use its server
 * again afterwards.
 */
export async function checkDistortedReplies<Distortion, Sent>({
  open,
  distortion,
  distort,
}: {
  readonly open: () => Promise<HostileCache<Sent>>;
  readonly distortion: fc.Arbitrary<Distortion>;
  readonly distort: (reply: Buffer, how: Distortion) => Sent;
}): Promise<void> {
  const caches = await Promise.all(Array.from({ length: CACHES }, open));
  const distortions = fc.array(distortion, { minLength: 1, maxLength: 12 });

  async function check(opened: HostileCache<Sent>, list: readonly Distortion[]): Promise<void> {
    let replies = 0;
    // The list is not empty.
    opened.server.distort = reply => distort(reply, list[replies++ % list.length] as Distortion);
    await useAll(opened);
    opened.server.distort = undefined;
    await opened.untilUsed('the server is used again');
  }

  const endMs = performance.now() + ROUNDS_MS;
  await fc.assert(
    fc.asyncProperty(fc.array(distortions, { minLength: CACHES, maxLength: CACHES }), async lists => {
      if (performance.now() > endMs) return;
      await Promise.all(caches.map((opened, index) => check(opened, lists[index] ?? [])));
    }),
    { numRuns: 100, endOnFailure: true },
  );
}

async function useAll<Sent>({ cache, ownerOf }: HostileCache<Sent>): Promise<void> {
  const wrong: string[] = [];
  const read = async (key: string) => {
    const owner = await ownerOf(key);
    if (owner !== undefined && owner !== key) wrong.push(`${key} has the value of ${owner}`);
  };
  const operations = hostileKeys.flatMap(key => [
    cache.set(key, { owner: key }),
    read(key),
    cache.delete(key),
    read(key),
  ]);
  const startedAtMs = performance.now();
  const times = await Promise.all(
    operations.map(async operation => (await operation, performance.now() - startedAtMs)),
  );
  expect(wrong).toEqual([]);
  expect(Math.max(...times)).toBeLessThan(hostileCommandTimeoutMs + MARGIN_MS);
}

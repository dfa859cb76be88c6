/** Compiled but never run: checks that `getOrSet` returns the type of its load. */
import type { ExtendedCache } from '../contract/extendedCache';

type User = { name: string; tags?: string[] };
type Same<A, B> = [A, B] extends [B, A] ? true : never;

declare const cache: ExtendedCache;
declare const findUser: () => Promise<User | undefined>;

export const always = () => cache.getOrSet('key', async ({ signal }) => ({ isAborted: signal.aborted }), { ttl: '5m' });
export const orNull = () => cache.getOrSet('key', async (): Promise<User | null> => null);
export const ifAny = () => cache.getOrSet('key', findUser);
export const skipped = () => cache.getOrSet<User>('key', async ({ skip }) => (await findUser()) ?? skip());
export const kept = () => cache.getOrSet('key', ({ keepStale }) => (Math.random() < 0.5 ? keepStale() : String(0)));

export const results = [
  true satisfies Same<ReturnType<typeof always>, Promise<{ isAborted: boolean }>>,
  true satisfies Same<ReturnType<typeof orNull>, Promise<User | null>>,
  true satisfies Same<ReturnType<typeof ifAny>, Promise<User | undefined>>,
  true satisfies Same<ReturnType<typeof skipped>, Promise<User | undefined>>,
  true satisfies Same<ReturnType<typeof kept>, Promise<string>>,
];

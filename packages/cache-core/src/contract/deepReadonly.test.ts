import { extendCache } from '../extended/extendCache';
import type { CacheService } from './cacheService';
import type { DeepReadonly } from './deepReadonly';
import type { ExtendedCache } from './extendedCache';
import type { JsonObject, JsonValue } from './jsonValue';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only when both types are equal. */
function expectSame<A, B>(same: Same<A, B>): void {
  expect(same).toBe(true);
}

/** A cache that is always empty. */
function createTestService(): CacheService {
  const cache: CacheService = {
    get: async () => undefined,
    set: async () => {},
    delete: async () => {},
    withOptions: () => cache,
  };
  return cache;
}

interface Team {
  name: string;
  members: { id: number; mail?: string }[];
  place: [number, number];
  other?: JsonValue;
}
interface ReadonlyTeam {
  readonly name: string;
  readonly members: readonly { readonly id: number; readonly mail?: string }[];
  readonly place: readonly [number, number];
  readonly other?: DeepReadonly<JsonValue>;
}

it('DeepReadonly makes members, lists and tuples read-only, to any depth', () => {
  expectSame<DeepReadonly<Team>, ReadonlyTeam>(true);
  expectSame<DeepReadonly<string | null>, string | null>(true);
  expectSame<DeepReadonly<string[][]>, readonly (readonly string[])[]>(true);
  expectSame<DeepReadonly<Team | undefined>, ReadonlyTeam | undefined>(true);
});

it('DeepReadonly<JsonValue> accepts any JSON, but is not assignable to JsonValue', () => {
  const list: JsonObject = { list: [{ a: null }] };
  const value: DeepReadonly<JsonValue> = list;
  // @ts-expect-error: it may be a read-only list.
  const changeable: JsonValue = value;
  expect(changeable).toBe(value);
});

type Row = { id: number; tags: string[] };

function readInAllWays(cache: ExtendedCache, frozen: boolean) {
  const load = async () => ({ id: 1, tags: ['a'] });
  return {
    get: cache.get<Row>('key', { frozen: true }),
    maybe: cache.get<Row>('key', { frozen }),
    plain: cache.get<Row>('key', {}),
    copy: cache.get<Row>('key', { frozen: false }),
    getMany: cache.getMany<Row>(['key'], { frozen: true }),
    loaded: cache.getOrSet('key', load, { frozen: true, ttl: '5m' }),
    loadedCopy: cache.getOrSet('key', load, { ttl: '5m' }),
    withContext: cache.getOrSet('key', async ({ signal }) => ({ id: Number(signal.aborted) }), { frozen: true }),
    loadedMany: cache.getOrSetMany(['key'], keys => new Map(keys.map(key => [key, [key]])), { frozen: true }),
    anything: cache.get('key', { frozen: true }),
  };
}

it('a read that is or may be frozen has a read-only type, and any other read a mutable type', async () => {
  type Reads = ReturnType<typeof readInAllWays>;
  type Compiled = { [Name in keyof Reads]: Awaited<Reads[Name]> };
  type ReadonlyRow = { readonly id: number; readonly tags: readonly string[] };
  expectSame<Compiled['get'], ReadonlyRow | undefined>(true);
  expectSame<Compiled['maybe'], ReadonlyRow | undefined>(true);
  expectSame<Compiled['plain'], Row | undefined>(true);
  expectSame<Compiled['copy'], Row | undefined>(true);
  expectSame<Compiled['getMany'], Map<string, ReadonlyRow>>(true);
  expectSame<Compiled['loaded'], ReadonlyRow>(true);
  expectSame<Compiled['loadedCopy'], Row>(true);
  expectSame<Compiled['withContext'], { readonly id: number }>(true);
  expectSame<Compiled['loadedMany'], Map<string, readonly string[]>>(true);
  expectSame<Compiled['anything'], DeepReadonly<JsonValue> | undefined>(true);
  const { loaded } = readInAllWays(extendCache(createTestService()), true);
  await expect(loaded).resolves.toEqual({ id: 1, tags: ['a'] });
});

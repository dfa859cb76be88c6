/** Compiled but never run: the cache service of core and that of Backstage are assignable to each other. */
import type * as backstage from '@backstage/backend-plugin-api';
import type { HumanDuration as BackstageDuration, JsonValue as BackstageJsonValue } from '@backstage/types';
import type * as core from '@greenroom/cache-core';

type Same<A, B> = [A, B] extends [B, A] ? true : never;

export const sameTypes: readonly true[] = [
  true satisfies Same<core.CacheService, backstage.CacheService>,
  true satisfies Same<core.CacheServiceOptions, backstage.CacheServiceOptions>,
  true satisfies Same<core.CacheServiceSetOptions, backstage.CacheServiceSetOptions>,
  true satisfies Same<core.HumanDuration, BackstageDuration>,
  true satisfies Same<core.JsonValue, BackstageJsonValue>,
  true satisfies Same<keyof core.CacheService, keyof backstage.CacheService>,
];

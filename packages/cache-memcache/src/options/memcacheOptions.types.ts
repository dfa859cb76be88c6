/** Compiled but never run: checks that each row of the tables has a member in the interfaces, and each member a row. */
import type { OptionValues } from '@greenroom/cache-core';
import type { MemcacheAddress } from './memcacheAddress';
import type { clientOptions, MemcacheOptions } from './memcacheOptions';

type Same<A, B> = [A, B] extends [B, A] ? true : never;

export const sameNames = true satisfies Same<
  keyof OptionValues<typeof clientOptions>,
  Exclude<keyof MemcacheOptions, keyof MemcacheAddress>
>;

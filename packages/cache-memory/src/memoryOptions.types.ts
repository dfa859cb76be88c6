/** Compiled but never run: checks that each row of the table has a member in the interface, and each member a row. */
import type { OptionValues } from '@greenroom/cache-core';
import type { memoryOptions, MemoryOptions } from './memoryOptions';

type Same<A, B> = [A, B] extends [B, A] ? true : never;

export const sameNames = true satisfies Same<keyof OptionValues<typeof memoryOptions>, keyof MemoryOptions>;

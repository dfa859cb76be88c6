import { maxStalenessOf } from '@greenroom/cache-core';
import type { NearRules } from '@greenroom/cache-core';
import { toLogText } from './toLogText';

/** Longest list of plugins in the line, in characters. */
const MAX_PLUGINS = 500;

/** The line at the start that says that the near cache is on. @param maxBytes - Limit for all copies together. */
export function toNearLine({ near, plugins = {} }: NearRules, maxBytes: number): string {
  const ofOthers = maxStalenessOf({ near }, '');
  const single = Object.keys(plugins)
    .map(id => ({ of: id, age: maxStalenessOf({ near, plugins }, id) }))
    .filter(({ age }) => age !== ofOthers);
  const all = [...(ofOthers === undefined ? [] : [{ of: 'all plugins', age: ofOthers }]), ...single];
  const [first = '', ...others] = all.map(({ of, age = 0 }, index) =>
    index === 0 ? `${of} may be ${toAge(age)} old` : `${of} ${toAge(age)}`,
  );
  const reads = toLogText([first, ...others].join(', of '), MAX_PLUGINS);
  return `Near cache is on: reads of ${reads}; ${toSize(maxBytes)} of copies at most`;
}

function toAge(ms: number): string {
  return ms > 0 && ms < 1000 ? `${ms} ms` : `${ms / 1000} s`;
}

function toSize(bytes: number): string {
  const mebibytes = bytes / 2 ** 20;
  return mebibytes >= 1 ? `${Number(mebibytes.toFixed(1))} MiB` : `${Math.round(bytes / 1024)} KiB`;
}

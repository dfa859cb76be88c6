import { maxStalenessOf } from '@greenroom/cache-core';
import type { CacheConfig } from '@greenroom/cache-core';
import type { Findings } from './report/findings';

/** Above this, people notice that they do not see a change. */
const LONG_MS = 60_000;

/** The near cache of one plugin, or of all plugins without settings of their own. */
interface NearScope {
  /** Path of the option that configures it. */
  readonly key: string;
  readonly maxStalenessMs: number;
  /** Life of entries that are set without a ttl; `Infinity` if they never expire. */
  readonly lifeMs: number;
}

/** Checks the configuration of near caches. @param path - Path of the configuration, for messages. */
export function checkNear(config: CacheConfig, path: string, findings: Findings): void {
  const scopes = listScopes(config, path);
  if (scopes.length === 0) return;
  if (config.store === 'memory') {
    findings.add({
      ...{ id: 'near.no-effect', severity: 'info', title: 'The near cache has no effect' },
      detail: 'The store memory is in the process of the backend: nothing is nearer.',
      fix: 'Leave it where the same configuration is used with another store, else remove it.',
    });
    return;
  }
  for (const scope of scopes) judge(scope, findings);
}

function listScopes(config: CacheConfig, path: string): readonly NearScope[] {
  const { near, plugins = {}, defaultTtlMs, maxTtlMs } = config;
  const ofOthers = {
    key: `${path}.near`,
    age: maxStalenessOf({ near }, ''),
    defaultTtl: defaultTtlMs,
    maxTtl: maxTtlMs,
  };
  const single = Object.entries(plugins)
    // A plugin without such settings is covered by `ofOthers`.
    .filter(([, policy]) => (policy.near ?? policy.defaultTtl ?? policy.maxTtl) !== undefined)
    .map(([id, { defaultTtl = defaultTtlMs, maxTtl = maxTtlMs }]) => ({
      ...{ key: `${path}.plugin.${id}.near`, age: maxStalenessOf(config, id), defaultTtl, maxTtl },
    }));
  return [ofOthers, ...single].flatMap(({ key, age, defaultTtl = Infinity, maxTtl = Infinity }) =>
    // Durations are in ms once the configuration has been read.
    age === undefined ? [] : [{ key, maxStalenessMs: age, lifeMs: Math.min(Number(defaultTtl), Number(maxTtl)) }],
  );
}

function judge({ key, maxStalenessMs, lifeMs }: NearScope, findings: Findings): void {
  const age = toSeconds(maxStalenessMs);
  if (maxStalenessMs > lifeMs) {
    findings.add({
      ...{ id: 'near.staleness', severity: 'warning', title: 'Near copies outlive their entries' },
      detail:
        `Reads may be ${age} old by ${key}, and entries without a ttl of their own live ${toSeconds(lifeMs)}: what another ` +
        `process has set may be served for ${toSeconds(maxStalenessMs + lifeMs)}.`,
      fix: 'Set maxStaleness well below the shortest ttl, or switch the near cache off there.',
    });
  } else if (maxStalenessMs > LONG_MS) {
    findings.add({
      ...{ id: 'near.staleness', severity: 'info', title: 'Changes are seen late' },
      detail: `Reads may be ${age} old by ${key}, so a change by another process, or a clear, may be seen that late.`,
      fix: 'Where somebody notices that, set maxStaleness to a few seconds: a larger one hardly saves more reads.',
    });
  }
}

function toSeconds(ms: number): string {
  return `${ms / 1000} s`;
}

import type { Store } from './scenario';

/** `maxStaleness` of the near caches that are measured. */
export const MAX_STALENESS_MS = 500;

/** What was found out about the reads of three processes. */
export interface StalenessResult {
  readonly reads: number;
  /** Part of the gets that a near cache answered, 0 to 1. */
  readonly nearShare: number;
  readonly oldestMs: number;
  /** Reads older than the bound; of what no server had; of what the process itself had replaced; rejected or of another key. */
  readonly violations: number;
}

/** One thing that happens to one store, with a near cache and without one. */
export interface MeasuredStaleness {
  readonly store: Store;
  readonly fault: string;
  readonly near: StalenessResult;
  readonly without: StalenessResult;
}

const titles: Readonly<Record<Store, string>> = { redis: 'Redis', valkey: 'Valkey', memcache: 'Memcached' };

/** The table, and the sum of it. */
export function renderStaleness(measured: readonly MeasuredStaleness[]): string {
  const faults = [...new Set(measured.map(({ fault }) => fault))];
  const stores = [...new Set(measured.map(({ store }) => store))];
  const rows = faults.map(fault => {
    const cells = stores.map(store => {
      const found = measured.find(one => one.store === store && one.fault === fault);
      return found ? toCell(found) : '';
    });
    return `| ${fault} | ${cells.join(' | ')} |`;
  });
  const sum = (valueOf: (one: MeasuredStaleness) => number) => measured.reduce((total, one) => total + valueOf(one), 0);
  const violations = sum(({ near }) => near.violations);
  const total = `${sum(({ near }) => near.reads).toLocaleString('en')} reads were judged; ${violations || 'none'} broke the promise.`;
  const head = `| what happens | ${stores.map(store => titles[store]).join(' | ')} |`;
  return [total, '', head, `| --- |${' --- |'.repeat(stores.length)}`, ...rows].join('\n');
}

function toCell({ near, without }: MeasuredStaleness): string {
  return [
    `oldest ${Math.floor(near.oldestMs)} ms`,
    `without ${Math.floor(without.oldestMs)} ms`,
    `${Math.round(near.nearShare * 100)} % near`,
    ...(near.violations > 0 ? [`**${near.violations} of ${near.reads} wrong**`] : []),
  ].join('; ');
}

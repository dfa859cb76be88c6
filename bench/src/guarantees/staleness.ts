import type { Store } from './scenario';

/** The `maxStaleness` of the measured near caches. */
export const MAX_STALENESS_MS = 500;

/** Results about the reads of three processes. */
export interface StalenessResult {
  readonly reads: number;
  /** Part of the gets that a near cache answered, 0 to 1. */
  readonly nearShare: number;
  readonly oldestMs: number;
  /**
   * Number of reads that were older than the bound, that no server can have answered, whose value the process itself had replaced, or that
   * rejected or returned the value of another key.
   */
  readonly violations: number;
}

/** The results of one fault on one store, with and without a near cache. */
export interface MeasuredStaleness {
  readonly store: Store;
  readonly fault: string;
  readonly near: StalenessResult;
  readonly without: StalenessResult;
}

const titles: Readonly<Record<Store, string>> = { redis: 'Redis', valkey: 'Valkey', memcache: 'Memcached' };

/** The table, with a sentence about all reads above it. */
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

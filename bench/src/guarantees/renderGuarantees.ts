import { scenarios, stores, subjects } from './scenario';
import type { Result, Scenario, Store, Subject } from './scenario';

/** One run. */
export interface Measured {
  readonly scenario: Scenario;
  readonly store: Store;
  readonly subject: Subject;
  readonly result: Result;
}

const titles: Readonly<Record<Store, string>> = { redis: 'Redis', valkey: 'Valkey', memcache: 'Memcached' };

/** The page: what stands in the template, with `{{about}}` and `{{tables}}` replaced. */
export function renderGuarantees(template: string, measured: readonly Measured[], about: string): string {
  const tables = stores.map(store =>
    renderStore(
      measured.filter(one => one.store === store),
      titles[store],
    ),
  );
  return template.replace('{{about}}', about).replace('{{tables}}', tables.join('\n\n'));
}

function renderStore(measured: readonly Measured[], title: string): string {
  const rows = scenarios.map(scenario => {
    const cells = subjects.map(subject => {
      const found = measured.find(one => one.scenario === scenario && one.subject === subject);
      return found ? toCell(found.result) : 'not measured';
    });
    return `| ${scenario} | ${cells.join(' | ')} |`;
  });
  return [`### ${title}`, '', '| what happens | built-in cache | Greenroom |', '| --- | --- | --- |', ...rows].join(
    '\n',
  );
}

function toCell(result: Result): string {
  return [
    ...(result.connections === undefined ? [] : [count(result.connections, 'connection')]),
    ...(result.heapMegabytes === undefined ? [] : [`heap grows by ${result.heapMegabytes.toFixed(1)} MB`]),
    ...(result.longestMs === undefined ? [] : settled(result)),
    ...(result.staleReads ? [`**${count(result.staleReads, 'old value')} read**`] : []),
    ...(result.wrongReads ? [`**${count(result.wrongReads, 'wrong value')} read**`] : []),
    ...(result.uncaught ? [`**${count(result.uncaught, 'uncaught error')}**`] : []),
    ...(result.logLines > 2 ? [count(result.logLines, 'log line')] : []),
  ].join('; ');
}

function settled({ longestMs = 0, medianLaterMs, unsettled, rejected, recoveredMs }: Result): string[] {
  const later = medianLaterMs === undefined ? '' : `, later ${duration(medianLaterMs)}`;
  return [
    unsettled ? `**${unsettled} hang**` : `at most ${duration(longestMs)}${later}`,
    ...(rejected ? [`${rejected} rejected`] : []),
    recoveredMs === undefined ? '**not used again**' : `used again after ${duration(recoveredMs)}`,
  ];
}

function duration(ms: number): string {
  if (ms < 1) return '< 1 ms';
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

function count(number: number, what: string): string {
  return `${number.toLocaleString('en')} ${what}${number === 1 ? '' : 's'}`;
}

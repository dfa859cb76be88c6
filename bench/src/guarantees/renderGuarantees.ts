import { scenarios, stores, subjects } from './scenario';
import type { Result, Scenario, Store, Subject } from './scenario';
import { renderStaleness } from './staleness';
import type { MeasuredStaleness } from './staleness';

/** The result of one run. */
export interface Measured {
  readonly scenario: Scenario;
  readonly store: Store;
  readonly subject: Subject;
  readonly result: Result;
}

const titles: Readonly<Record<Store, string>> = { redis: 'Redis', valkey: 'Valkey', memcache: 'Memcached' };

/** The heading of the part about near caches, which is the last one of the page. */
const STALENESS_HEADING = '## Old reads with a near cache';

/** The page: the template with `{{about}}`, `{{tables}}` and `{{near}}` replaced. */
export function renderGuarantees(
  template: string,
  measured: readonly Measured[],
  staleness: readonly MeasuredStaleness[],
  about: string,
): string {
  const tables = stores.map(store =>
    renderStore(
      measured.filter(one => one.store === store),
      titles[store],
    ),
  );
  return template
    .replace('{{about}}', about)
    .replace('{{tables}}', tables.join('\n\n'))
    .replace('{{near}}', renderStaleness(staleness));
}

/** The page with a new part about near caches. */
export function renewStaleness(page: string, template: string, staleness: readonly MeasuredStaleness[]): string {
  const ofPage = page.indexOf(STALENESS_HEADING);
  const kept = ofPage < 0 ? `${page}\n` : page.slice(0, ofPage);
  const part = template.slice(template.indexOf(STALENESS_HEADING));
  return kept + part.replace('{{near}}', renderStaleness(staleness));
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

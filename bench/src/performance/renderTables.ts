import { holds, listChecks } from './checks';
import type { SettledCheck } from './checks';
import { findMeasured } from './findMeasured';
import { compare, compareCpu, medianCpu, medianThroughput } from './compare';
import type { Pause } from './pauseProcess';
import type { Measured, Results } from './results';
import { sizes } from './sample';
import { stores } from './openSubject';
import type { Subject } from './subject';
import { renderFrozen } from './renderFrozen';
import { renderNearHot, renderNearMemory, renderNearMixed } from './renderNear';
import { renderHits, renderStampedes } from './renderReadThrough';
import { toCount, toMicroseconds, toMilliseconds, toTable } from './toTable';
import { storeTitles, toTitle } from './titles';
import { operations } from './trial';

/** The tables of the page, by their names in the template. */
export function renderTables(results: Results): Readonly<Record<string, string>> {
  return {
    throughput: renderThroughput(results),
    bursts: renderBursts(results),
    core: renderCore(results),
    callers: renderGrowth('callers', results.callers, one => one.callers),
    plugins: renderGrowth('plugins', results.plugins, one => one.plugins),
    largeStores: renderLargeStores(results),
    hits: renderHits(results),
    stampedes: renderStampedes(results),
    frozen: renderFrozen(results),
    nearHot: renderNearHot(results),
    nearMixed: renderNearMixed(results),
    nearMemory: renderNearMemory(results),
    readiness: renderReadiness(results),
    imports: renderImports(results),
    memory: renderMemory(results),
    clear: renderClear(results),
    again: renderAgain(results),
    checks: renderChecks(results),
  };
}

const cells = sizes.flatMap(size => operations.map(operation => ({ size, operation })));
const cellTitles = cells.map(({ size, operation }) => `${operation} ${size}`);

function renderThroughput(results: Results): string {
  const { throughput } = results;
  const checks = listChecks(results);
  const tables = stores.map(store => {
    const names = [...new Set(throughput.filter(one => one.store === store).map(({ subject }) => subject))];
    const find = (subject: Measured['subject'], cell: (typeof cells)[number]) =>
      findMeasured(throughput, { store, subject, ...cell });
    const absolute = names.map(name => [toTitle(name), ...cells.map(cell => toFigures(find(name, cell)))]);
    if (!names.includes('greenroom')) return '';
    const ratios = names
      .filter(name => name !== 'greenroom')
      .map(name => [toTitle(name), ...cells.map(cell => toRatio(find('greenroom', cell), find(name, cell), checks))]);
    return [
      `### ${storeTitles[store]}`,
      toTable(['Greenroom against', ...cellTitles], ratios),
      toTable(['per second; CPU of one', ...cellTitles], absolute),
    ].join('\n\n');
  });
  return tables.filter(table => table !== '').join('\n\n');
}

/** The two ratios. If a check was measured again, its figure replaces the one of the first measurement. */
function toRatio(
  ours: Measured | undefined,
  other: Measured | undefined,
  checks: readonly SettledCheck[] = [],
): string {
  if (!ours || !other) return '';
  const { throughput, cpu } = compare(ours, other);
  const settled = checks.filter(({ kinds }) => kinds?.[0] === ours && kinds[1] === other);
  const ratios = [throughput, cpu].map((ratio, index) => {
    const check = settled[index];
    const found = check?.found ?? ratio;
    const text = `${Number.isNaN(found) ? '–' : found.toFixed(2)}${check && check.measured.length > 1 ? '\\*' : ''}`;
    return check && !Number.isNaN(found) && !holds(check) ? `**${text}**` : text;
  });
  const [check] = settled;
  return `${ratios.join(' / ')}${check ? ` (${check.bound})` : ''}`;
}

function toFigures(measured: Measured | undefined): string {
  if (!measured) return '';
  const cpu = medianCpu(measured);
  return `${toCount(medianThroughput(measured))}${Number.isNaN(cpu) ? '' : `; ${toMicroseconds(cpu)}`}`;
}

function renderBursts({ bursts }: Results): string {
  const rows = bursts.map(one => {
    const ours = findMeasured(bursts, { subject: 'greenroom', size: one.size });
    const ratio = one.subject === 'greenroom' ? '' : toRatio(ours, one);
    return [one.size, toTitle(one.subject), toCount(medianThroughput(one)), toMicroseconds(medianCpu(one)), ratio];
  });
  return toTable(['values', '', 'gets per second', 'CPU of one', 'Greenroom against it'], rows);
}

function renderCore({ throughput }: Results): string {
  const names: readonly Subject[] = [
    ...(['JSON', 'core', 'core, batching', 'JSON, encrypting', 'core, encrypting'] as const),
    ...(['in a backend', 'with metrics'] as const),
  ];
  const rows = names.map(name => [
    name,
    ...cells.map(cell => {
      const found = findMeasured(throughput, { subject: name, ...cell });
      const json = findMeasured(throughput, { subject: 'JSON', ...cell });
      if (!found || !json) return '';
      const more = compareCpu(found, json);
      const difference = found === json ? '' : ` (${more < 0 ? '−' : '+'}${Math.abs(more).toFixed(1)})`;
      return `${toMicroseconds(medianCpu(found))}${difference}`;
    }),
  ]);
  return toTable(['CPU of one', ...cellTitles], rows);
}

function renderGrowth(name: string, measured: readonly Measured[], countOf: (one: Measured) => number): string {
  const subjects = [...new Set(measured.map(({ subject }) => subject))];
  const counts = [...new Set(measured.map(countOf))];
  const rows = counts.map(count => [
    String(count),
    ...subjects.map(subject => toFigures(measured.find(one => one.subject === subject && countOf(one) === count))),
  ]);
  return toTable([name, ...subjects.map(toTitle)], rows);
}

function renderLargeStores({ largeStores }: Results): string {
  if (!largeStores) return 'Measured by the full run only.';
  const place = {
    alone: 'one Redis',
    full: `one Redis with ${largeStores.fullKeys.toLocaleString('en')} other keys`,
    cluster: 'a cluster of three masters',
  };
  const rows = Object.entries(place).map(([setting, title]) => [
    title,
    ...operations.map(operation =>
      toFigures(largeStores.measured.find(one => one.setting === setting && one.operation === operation)),
    ),
  ]);
  return toTable(['Greenroom on', ...operations], rows);
}

function renderReadiness({ readiness }: Results): string {
  const rows = readiness.map(({ store, subject, plugins, connections, readyMs }) => [
    storeTitles[store],
    subject,
    String(plugins),
    String(connections),
    toMilliseconds(readyMs),
  ]);
  return toTable(['', '', 'plugins', 'connections', 'ready after'], rows);
}

function renderImports({ imports }: Results): string {
  return toTable(
    ['package', 'import takes'],
    imports.map(({ name, importMs }) => [`\`${name}\``, toMilliseconds(importMs)]),
  );
}

function renderMemory({ memory, pauses }: Results): string {
  if (!pauses) return '';
  const rows = memory.map(({ subject, bytesPerEntry }) => [toTitle(subject), String(Math.round(bytesPerEntry))]);
  const pauseRows = (['greenroom', 'lru-cache'] as const).map(subject => {
    const { evicting, sweeping } = pauses[subject];
    return [toTitle(subject), toPause(evicting), toPause(sweeping)];
  });
  return [
    toTable(['', 'bytes for one entry'], rows),
    'The longest turn of the event loop while as many other entries take their place, and while those expire; in brackets the longest without the garbage collections in it.',
    toTable(['', 'evicting', 'expiring'], pauseRows),
  ].join('\n\n');
}

function toPause({ turnMs, ownMs }: Pause): string {
  return `${toMilliseconds(turnMs)} (${toMilliseconds(ownMs)})`;
}

function renderClear({ cleared }: Results): string {
  if (!cleared) return 'Measured by the full run only.';
  return toTable(
    ['', 'takes', 'longest delay of another client'],
    cleared.map(({ way, tookMs, longestDelayMs }) => [way, toMilliseconds(tookMs), toMilliseconds(longestDelayMs)]),
  );
}

function renderAgain(results: Results): string {
  const again = listChecks(results).filter(({ measured }) => measured.length > 1);
  if (again.length === 0) return 'Nothing was.';
  const rows = again.map(check => {
    const { what, side, bound, measured, found } = check;
    const verdict = `${holds(check) ? 'held' : '**missed**'} by ${found.toFixed(2)}`;
    return [what, `${side} ${bound}`, ...measured.map(one => one.toFixed(2)), verdict];
  });
  return toTable(['', 'bound', 'first', 'second', 'third', 'median'], rows);
}

function renderChecks(results: Results): string {
  const failed = listChecks(results).filter(check => !holds(check));
  if (failed.length === 0) return 'All bounds are held.';
  return failed
    .map(
      ({ what, found, side, bound, gates }) =>
        `- ${what}: ${found.toFixed(2)}, ${side} ${bound}${gates ? '' : ' (reported)'}`,
    )
    .join('\n');
}

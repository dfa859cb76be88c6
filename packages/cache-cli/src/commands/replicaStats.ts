import { formatBytes, formatCount, formatDuration, formatShare } from '../output/units';
import type { Printer } from '../output/printer';
import type { ReplicaFigures, ReplicaNear, ReplicaPlugins, ReplicaStatus } from '../sources/replicaBodies';
import { askReplicas, noteFailures } from './askReplicas';
import type { CommandContext } from './commandContext';

interface ReplicaStats {
  readonly status: ReplicaStatus;
  readonly plugins: readonly ReplicaFigures[];
}

/** Prints what each replica reports: the state of its store, and its figures by plugin since its start. */
export async function replicaStats(context: CommandContext): Promise<0 | 1> {
  const { printer, values } = context;
  const answers = await askReplicas(context, async (replica): Promise<ReplicaStats> => {
    const [status, { plugins }] = await Promise.all([
      replica.get<ReplicaStatus>('status'),
      replica.get<ReplicaPlugins>('plugins'),
    ]);
    return { status, plugins };
  });
  if (values.json) {
    printer.json({
      version: 1,
      replicas: answers.map(each => ('answer' in each ? { url: each.url, ...each.answer } : each)),
    });
  } else {
    const reached = answers.flatMap(each => ('answer' in each ? [{ url: each.url, ...each.answer }] : []));
    reached.forEach(each => printReplica(printer, each));
    const distinct = new Map(reached.map(each => [each.status.instance, each.plugins]));
    if (distinct.size > 1) {
      printer.line(`${distinct.size} replicas together`);
      printFigures(printer, addUp([...distinct.values()].flat()));
    }
    if (distinct.size < reached.length) {
      printer.note('Some addresses lead to the same replica: give each replica an address of its own.');
    }
  }
  return noteFailures(context, answers);
}

function printReplica(printer: Printer, { url, status, plugins }: ReplicaStats & { readonly url: string }): void {
  const { store, servers, state, since, instance, near, lastError } = status;
  printer.line(`${url}, instance ${instance}`);
  printer.line(`${store}${servers.length > 0 ? ` at ${servers.join(', ')}` : ''}: ${state} since ${since}`);
  if (lastError) printer.line(`Last error, at ${lastError.at}: ${lastError.code}: ${lastError.message}`);
  if (near) printNear(printer, near);
  printFigures(printer, plugins);
}

function printNear(printer: Printer, { plugins, hits, fills, drops, entries, bytes, maxBytes }: ReplicaNear): void {
  const named = plugins.map(({ plugin, maxStalenessMs }) => `${plugin} (${formatDuration(maxStalenessMs)})`);
  const dropped = Object.entries(drops).map(([reason, count]) => `${formatCount(count)} ${reason}`);
  const held = `${formatCount(entries)} copies, ${formatBytes(bytes)} of ${formatBytes(maxBytes)}`;
  printer.line(`Near cache of ${named.join(', ') || 'no plugin yet'}: ${held}`);
  printer.line(`${formatCount(hits)} near hits, ${formatCount(fills)} fills, drops: ${dropped.join(', ')}`);
}

function printFigures(printer: Printer, plugins: readonly ReplicaFigures[]): void {
  printer.line();
  if (plugins.length === 0) printer.line('No plugin has used the cache.');
  else {
    // With a shared store, no replica counts entries.
    const isCounted = plugins.some(({ entries }) => entries !== undefined);
    const hasNear = plugins.some(({ nearHits }) => nearHits !== undefined);
    const headings = [
      ...[
        'HITS',
        ...(hasNear ? ['NEAR HITS'] : []),
        'MISSES',
        'HIT RATIO',
        'ERRORS',
        'BYPASSES',
        'SETS',
        'WITHOUT TTL',
      ],
      ...(isCounted ? ['ENTRIES', 'BYTES', 'EVICTIONS', 'EXPIRIES'] : []),
    ];
    const sorted = [...plugins].sort((a, b) => b.hits + b.misses - (a.hits + a.misses));
    printer.table(
      [{ heading: 'PLUGIN' }, ...headings.map(heading => ({ heading, isNumber: true }))],
      sorted.map(figures => toRow(figures, { isCounted, hasNear })),
    );
  }
  printer.line();
}

/** Columns that only some replicas have. */
interface Columns {
  readonly isCounted: boolean;
  readonly hasNear: boolean;
}

function toRow(figures: ReplicaFigures, { isCounted, hasNear }: Columns): string[] {
  const { plugin, hits, nearHits, misses, errors, bypasses, sets, setsWithoutTtl } = figures;
  const { entries, bytes, evictions, expiries } = figures;
  const toCell = (count: number | undefined) => (count === undefined ? '-' : formatCount(count));
  return [
    plugin,
    ...[
      toCell(hits),
      ...(hasNear ? [toCell(nearHits)] : []),
      toCell(misses),
      hits + misses > 0 ? formatShare(hits / (hits + misses)) : '-',
    ],
    ...[errors, bypasses, sets, setsWithoutTtl].map(toCell),
    ...(isCounted
      ? [toCell(entries), bytes === undefined ? '-' : formatBytes(bytes), toCell(evictions), toCell(expiries)]
      : []),
  ];
}

const countedFigures = ['hits', 'misses', 'errors', 'bypasses', 'sets', 'setsWithoutTtl'] as const;
/** Figures that only some plugins have. */
const otherFigures = ['nearHits', 'entries', 'bytes', 'evictions', 'expiries'] as const;

function addUp(all: readonly ReplicaFigures[]): ReplicaFigures[] {
  const sums = new Map<string, ReplicaFigures>();
  for (const figures of all) {
    const sum = sums.get(figures.plugin);
    sums.set(
      figures.plugin,
      !sum
        ? figures
        : {
            ...figures,
            ...(Object.fromEntries(countedFigures.map(name => [name, sum[name] + figures[name]])) as Pick<
              ReplicaFigures,
              (typeof countedFigures)[number]
            >),
            ...Object.fromEntries(
              otherFigures
                .filter(name => sum[name] !== undefined || figures[name] !== undefined)
                .map(name => [name, (sum[name] ?? 0) + (figures[name] ?? 0)]),
            ),
          },
    );
  }
  return [...sums.values()];
}

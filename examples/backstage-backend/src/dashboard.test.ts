import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { coreServices, createBackendPlugin } from '@backstage/backend-plugin-api';
import type { CacheService } from '@backstage/backend-plugin-api';
import { mockServices, startTestBackend } from '@backstage/backend-test-utils';
import cacheServiceFactory from '@greenroom/cache-backstage';
import { extendCache } from '@greenroom/cache-core';
import { startRedis, withFreePorts } from '@greenroom/test-servers';
import { startMetrics } from './startMetrics';

const docs = join(__dirname, '../../../docs');

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
  }[];
  readonly templating: { readonly list: readonly { readonly query: string | { readonly query: string } }[] };
}

const dashboard = JSON.parse(readFileSync(join(docs, 'grafana-dashboard.json'), 'utf8')) as Dashboard;
const targets = dashboard.panels.flatMap(panel => panel.targets);
const rules = readFileSync(join(docs, 'prometheus-alerts.yml'), 'utf8');
const alerts = rules.match(/^ +expr: (?:\|\n(?: {10,}.*\n)+|.*)/gm) ?? [];

/** The values of each label, by metric and label. */
type Served = ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>;

/** The metrics after operations with every result that the dashboard queries. */
let served: Served;
beforeAll(async () => {
  const { metricsPort, stopMetrics } = await withFreePorts(1, async ([port = 0], release) => {
    const stop = await startMetrics(port);
    return { metricsPort: port, stopMetrics: () => stop().finally(release) };
  });
  const server = await startRedis();
  const { cache, stop } = await startBackend({ store: 'redis', connection: server.url, near: true });
  const inMemory = await startBackend({ store: 'memory' });
  try {
    await cache.set('key', 'bob');
    await cache.get('key');
    await inMemory.cache.set('key', 'bob');
    await Promise.all([cache.get('key'), cache.get('other'), cache.delete('another')]);
    await extendCache(cache).getOrSet('loaded', () => 'alice', { acrossProcesses: true });
    await server.freeze();
    await cache.get('not-near');
    const response = await fetch(`http://127.0.0.1:${metricsPort}/metrics`);
    served = parse(await response.text());
  } finally {
    await server.thaw();
    await Promise.all([stop(), inMemory.stop()]);
    await server.stop();
    await stopMetrics();
  }
});

async function startBackend(cacheConfig: Record<string, string | boolean>) {
  let found: CacheService | undefined;
  const plugin = createBackendPlugin({
    pluginId: 'example',
    register(env) {
      env.registerInit({
        deps: { cache: coreServices.cache },
        async init({ cache }) {
          found = cache;
        },
      });
    },
  });
  const rootConfig = mockServices.rootConfig.factory({
    data: { backend: { cache: cacheConfig } },
  });
  const backend = await startTestBackend({ features: [cacheServiceFactory, plugin, rootConfig] });
  if (!found) throw new Error('The plugin did not start');
  return { cache: found, stop: () => backend.stop() };
}

function parse(exposition: string): Served {
  const metrics = new Map<string, Map<string, Set<string>>>();
  for (const [, name = '', labels = ''] of exposition.matchAll(/^(greenroom_\w+)\{(.*)\} \S+$/gm)) {
    const values = metrics.get(name) ?? new Map<string, Set<string>>();
    metrics.set(name, values);
    // Prometheus adds a label for the endpoint that it read a metric from.
    values.set('instance', new Set(['127.0.0.1:9464']));
    for (const [, label = '', value = ''] of labels.matchAll(/(\w+)="([^"]*)"/g)) {
      values.set(label, (values.get(label) ?? new Set()).add(value));
    }
  }
  return metrics;
}

/** The metrics and labels in an expression that the endpoint does not serve. */
function findUnknown(expression: string): string[] {
  const metrics = [...expression.matchAll(/(greenroom_\w+)(?:\{([^}]*)\})?/g)];
  const grouped = [...expression.matchAll(/(?:by|on) \(([^)]*)\)/g)].flatMap(([, labels = '']) => labels.split(/, */));
  return metrics.flatMap(([, name = '', selector = '']) => {
    const labels = served.get(name);
    if (!labels) return [name];
    const matchers = [...selector.matchAll(/(\w+)(=~|!=|!~|=)"([^"]*)"/g)];
    return [
      ...grouped.filter(label => !labels.has(label)),
      ...matchers.filter(([, label = '']) => !labels.has(label)).map(([text]) => text),
      ...matchers
        .filter(([, label = '', operator, value = '']) => operator === '=' && !labels.get(label)?.has(value))
        .map(([text]) => text),
    ].map(text => `${name}: ${text}`);
  });
}

describe('the dashboard', () => {
  it('queries only metrics, labels and label values that are served', () => {
    expect(targets.length).toBeGreaterThan(20);
    const unknown = targets.map(({ expr }) => [expr, findUnknown(expr)]);
    expect(unknown).toEqual(targets.map(({ expr }) => [expr, []]));
  });

  it('uses in each legend only labels that its expression keeps', () => {
    for (const { expr, legendFormat } of targets) {
      const kept = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, labels = '']) => labels.split(/, */));
      for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) expect(kept).toContain(label);
    }
  });

  it('fills its variables from labels that are served', () => {
    const queries = dashboard.templating.list.flatMap(({ query }) => (typeof query === 'string' ? [] : [query.query]));
    expect(queries).toHaveLength(3);
    for (const query of queries) {
      const [, name = '', label = ''] = /^label_values\((\w+), (\w+)\)$/.exec(query) ?? [];
      expect([...(served.get(name)?.keys() ?? [])]).toContain(label);
    }
  });

  it('shows only the chosen replicas', () => {
    for (const { expr } of targets) {
      const selectors = [...expr.matchAll(/greenroom_\w+\{([^}]*)\}/g)].map(([, selector]) => selector);
      expect(selectors.length).toBeGreaterThan(0);
      for (const selector of selectors) expect(selector).toContain('instance=~"$instance"');
    }
  });

  it('counts answers of the near cache as hits, as the alerts do', () => {
    const ratios = [...targets.map(({ expr }) => expr), ...alerts].filter(expr => /"hit\|/.test(expr));
    const results = ratios.map(expr => [...expr.matchAll(/result=~?"([^"]*)"/g)].map(([, values]) => values));
    expect(results).toEqual([
      ['hit|near|stale', 'hit|near|stale|miss'],
      ['near', 'hit|near|stale|miss'],
      ['hit|near|stale', 'hit|near|stale|miss'],
    ]);
  });

  it('shows every metric that is served', () => {
    const shown = targets.map(({ expr }) => expr).join('\n');
    const families = new Set([...served.keys()].map(name => name.replace(/_(bucket|sum|count)$/, '')));
    expect(families.size).toBe(22);
    expect([...families].filter(family => !shown.includes(family))).toEqual([]);
  });
});

it('docs/metrics.md lists every served metric and no other', () => {
  const document = readFileSync(join(docs, 'metrics.md'), 'utf8');
  const listed = [...document.matchAll(/^\| `greenroom\.cache\.([\w.]+)` +\| ([\w-]+)/gm)].map(([, name = '', kind]) =>
    ['greenroom_cache', ...name.split('.'), ...(kind === 'counter' ? ['total'] : [])].join('_'),
  );
  const families = new Set([...served.keys()].map(name => name.replace(/_(bucket|sum|count)$/, '')));
  expect(listed.toSorted()).toEqual([...families].sort());
});

describe('the alerts', () => {
  it('query only metrics, labels and label values that are served', () => {
    expect(alerts).toHaveLength(8);
    expect(alerts.map(findUnknown)).toEqual(alerts.map(() => []));
  });

  it('cover one replica each and name it', () => {
    const summaries = rules.match(/^ +summary: .*/gm) ?? [];
    expect(summaries).toHaveLength(alerts.length);
    for (const summary of summaries) expect(summary).toContain('{{ $labels.instance }}');
    for (const [, labels] of alerts.join().matchAll(/by \(([^)]*)\)/g)) expect(labels).toMatch(/\binstance\b/);
  });

  it('match the list in docs/metrics.md', () => {
    const document = readFileSync(join(docs, 'metrics.md'), 'utf8');
    const names = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name]) => name);
    expect([...document.matchAll(/^\| `(Cache\w+)`/gm)].map(([, name]) => name)).toEqual(names);
  });
});

import { clear, poll, toProblem } from './cacheRoutes.js';
import { createChangeLog } from './changeLog.js';
import { setText } from './elements.js';
import { createEntryCounts } from './entryCounts.js';
import { showFacts } from './facts.js';
import { toCount, toDuration, toPercent } from './formats.js';
import { createGraph } from './graph.js';
import { createHistory } from './history.js';
import { showKeys } from './keysDialog.js';
import { toPlainTop } from './lineChart.js';
import { createPluginTable } from './pluginTable.js';
import { readTraffic } from './traffic.js';

const pollEveryMs = 1000;
const pollRefusedMs = 10_000;
const keptMs = 5 * 60_000;
/** The graphs begin with this much time, and grow. */
const shownAtFirstMs = 60_000;
const spanMs = 5000;
const span = `over ${spanMs / 1000} seconds`;

/** Polls the routes of the cache plugin once a second, for as long as the page is open. */
export function startDashboard() {
  const history = createHistory({ keptMs, spanMs: spanMs + pollEveryMs / 2 });
  const entryCounts = createEntryCounts();
  const changeLog = createChangeLog(document.getElementById('changes'));
  const graphsOf = document.getElementById('graphs-of');
  graphsOf.append(new Option('all plugins', ''));
  let markedAtMs;
  const startedAtMs = Date.now();
  let lastAtMs = startedAtMs;
  let lastInstance;

  const onMark = atMs => {
    markedAtMs = atMs;
    drawGraphs();
  };
  const graphs = [
    {
      figure: 'hitRatio',
      part: 'nearRatio',
      graph: createGraph(document.getElementById('hit-ratio'), {
        title: 'Hit ratio',
        note: `Share of reads, ${span}`,
        partName: 'near',
        partNote: 'The darker part did not ask the store.',
        empty: 'Nothing has been read in the last five minutes.',
        format: toPercent,
        toTop: () => 1,
        onMark,
      }),
    },
    {
      figure: 'latencyMs',
      graph: createGraph(document.getElementById('latency'), {
        title: 'Latency',
        note: `Mean, ${span}`,
        empty: 'Nothing has been sent in the last five minutes.',
        zero: 'This store answers at once, in the memory of the process.',
        format: toDuration,
        toTop: toPlainTop,
        onMark,
      }),
    },
  ];

  const table = createPluginTable({
    onKeys: showKeys,
    async onClear(plugin) {
      setText(document.getElementById('cleared'), await clear(plugin).then(toClearedText, toProblem));
      entryCounts.countSoon();
    },
  });

  function drawGraphs() {
    const points = history.points(graphsOf.value || undefined);
    const shownMs = Math.min(keptMs, Math.max(shownAtFirstMs, lastAtMs - startedAtMs));
    const times = { fromMs: lastAtMs - shownMs, toMs: lastAtMs };
    for (const { figure, part, graph } of graphs) {
      const drawn = points.map(point => ({ ...point, value: point[figure], part: point[part] }));
      graph.draw({ points: drawn, markedAtMs, ...times });
    }
  }

  async function update() {
    const sample = await poll();
    lastAtMs = sample.atMs;
    history.add(sample);
    changeLog.update(sample);
    showFacts(sample);
    if (sample.plugins) showPlugins(sample);
    drawGraphs();
    if (sample.instance !== undefined && sample.instance !== lastInstance) {
      lastInstance = sample.instance;
      await readTraffic().catch(() => (lastInstance = undefined));
    }
    return sample.state;
  }

  function showPlugins(sample) {
    table.update(entryCounts.addTo(sample));
    offerPlugins(graphsOf, sample.plugins);
    setText(
      document.getElementById('plugins-note'),
      sample.plugins.length > 0 ? '' : 'No plugin has used the cache yet. Look up an id, or start the background load.',
    );
  }

  graphsOf.addEventListener('change', drawGraphs);
  window.addEventListener('resize', drawGraphs);
  const repeat = () => update().then(state => setTimeout(repeat, state === 'refused' ? pollRefusedMs : pollEveryMs));
  void repeat();
}

function offerPlugins(select, plugins) {
  const offered = new Set([...select.options].map(({ value }) => value));
  for (const { plugin } of plugins) if (!offered.has(plugin)) select.append(new Option(plugin));
}

function toClearedText({ plugin, entries, scope, maxStalenessMs, unreached = [] }) {
  const what = entries === undefined ? 'the entries' : `${toCount(entries)} ${entries === 1 ? 'entry' : 'entries'}`;
  const where = scope === 'process' ? 'in the memory of this process' : 'in the store, for all processes';
  const copies =
    maxStalenessMs === undefined ? '' : ` Other processes may serve copies for ${toDuration(maxStalenessMs)}.`;
  const rest = unreached.length > 0 ? ` Not reached: ${unreached.join(', ')}.` : '';
  return `Cleared ${what} of ${plugin}, ${where}.${copies}${rest}`;
}

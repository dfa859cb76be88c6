/**
 * Keeps what was polled, and makes points of a graph from it. The figures are counts since the start of the process, so a point is
 * the difference of two polls that lie `spanMs` apart, with nothing between them that would make it wrong.
 */
export function createHistory({ keptMs, spanMs }) {
  /** Oldest first. One without `plugins` is a poll that got no answer. */
  const samples = [];

  /** The earliest sample that the one at this index can be compared with. */
  function findBase(index) {
    const last = samples[index];
    let base;
    for (let earlier = index - 1; earlier >= 0; earlier -= 1) {
      const sample = samples[earlier];
      if (!isComparable(sample, last) || last.atMs - sample.atMs > spanMs) break;
      base = sample;
    }
    return base;
  }

  return {
    add(sample) {
      samples.push(sample);
      while (samples[0].atMs < sample.atMs - keptMs - spanMs) samples.shift();
    },

    /** One point for each poll, of one plugin or of all. A figure that cannot be told is absent. */
    points(pluginId) {
      return samples.map(({ atMs, state }, index) => {
        const base = findBase(index);
        const isAway = state === 'unavailable' || state === 'unreachable';
        return { atMs, state, ...(base && !isAway && toPoint(base, samples[index], pluginId)) };
      });
    },
  };
}

/** Counts of another process, or none at all, say nothing about those of this one. Nor does a span with an outage in it. */
function isComparable(sample, last) {
  return sample.plugins !== undefined && sample.instance === last.instance && sample.state !== 'unavailable';
}

function toPoint(base, last, pluginId) {
  const [before, now] = [base, last].map(({ plugins }) => total(plugins, pluginId));
  const seconds = (last.atMs - base.atMs) / 1000;
  const [hits, nearHits, misses, operations, durationMs] = counts.map(name => Math.max(0, now[name] - before[name]));
  const reads = hits + misses;
  return {
    operationsPerSecond: operations / seconds,
    ...(reads > 0 && { hitRatio: hits / reads }),
    ...(reads > 0 && now.hasNear && { nearRatio: nearHits / reads }),
    ...(operations > 0 && { latencyMs: durationMs / operations }),
  };
}

const counts = ['hits', 'nearHits', 'misses', 'operations', 'durationMsTotal'];

/** The counts of one plugin, or the sum of all of them. Only plugins with a near cache have `nearHits`. */
function total(plugins, pluginId) {
  const counted = plugins.filter(({ plugin }) => pluginId === undefined || plugin === pluginId);
  const sums = counts.map(name => [name, counted.reduce((sum, { [name]: count = 0 }) => sum + count, 0)]);
  return { ...Object.fromEntries(sums), hasNear: counted.some(({ nearHits }) => nearHits !== undefined) };
}

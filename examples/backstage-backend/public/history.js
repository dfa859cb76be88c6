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
  const [hits, misses, operations, durationMs] = ['hits', 'misses', 'operations', 'durationMsTotal'].map(name =>
    Math.max(0, now[name] - before[name]),
  );
  return {
    operationsPerSecond: operations / seconds,
    ...(hits + misses > 0 && { hitRatio: hits / (hits + misses) }),
    ...(operations > 0 && { latencyMs: durationMs / operations }),
  };
}

/** The counts of one plugin, or the sum of all of them. */
function total(plugins, pluginId) {
  const sum = { hits: 0, misses: 0, operations: 0, durationMsTotal: 0 };
  for (const figures of plugins) {
    if (pluginId !== undefined && figures.plugin !== pluginId) continue;
    for (const name of Object.keys(sum)) sum[name] += figures[name];
  }
  return sum;
}

/** A question that could not be asked. */
export interface Unasked {
  readonly server: string;
  /** The command, such as `CONFIG GET save`. */
  readonly command: string;
  /** What the answer would have told: `whether snapshots are on`. */
  readonly about: string;
  /** Why there is no answer. */
  readonly reason: string;
  /** The right to grant, such as `+config|get`. @defaultValue none: no right would help */
  readonly right?: string | undefined;
}

/** Joins questions that need the same right or change, and servers with the same questions, so that nothing is said twice. */
export function joinUnasked(questions: readonly Unasked[]) {
  const ofServers = groupBy(questions, ({ server, reason, right, command }) =>
    [server, reason, right ?? command.split(' ')[0]].join('\n'),
  ).map(toText);
  return groupBy(ofServers, ({ title, detail }) => `${title}\n${detail}`).map(same => {
    const [{ server, detail, ...common }] = same;
    const finding = { ...common, id: 'not-checked' as const, severity: 'info' as const };
    if (same.length === 1) return { ...finding, server, detail };
    return { ...finding, detail: `At ${same.map(each => each.server).join(', ')}: ${detail}` };
  });
}

function toText(questions: readonly [Unasked, ...Unasked[]]) {
  const [{ server, reason, right }] = questions;
  const unique = (texts: readonly string[]) => [...new Set(texts)].join(', ');
  return {
    server,
    title: `Not checked: ${unique(questions.map(({ about }) => about))}`,
    detail: `${unique(questions.map(({ command }) => command))} would tell, but ${reason}. This is not a fault.`,
    fix:
      right === undefined
        ? 'Ask the server by other means, or leave it.'
        : `To have it checked, give the user the right ${right}; the cache itself does not need it.`,
  };
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): readonly (readonly [T, ...T[]])[] {
  const groups = new Map<string, [T, ...T[]]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return [...groups.values()];
}

/** An option that nothing has asked for. */
export interface UnknownKey {
  /** Full path, such as `backend.cache.redis.clinet`. */
  readonly path: string;
  /** The known path that it is likely to be a slip of. */
  readonly nearest?: string;
}

/**
 * What is in a configuration section and was neither read nor is anybody else's.
 *
 * @param value - The section's content.
 * @param path - Path of the section, such as `backend.cache`.
 * @param asked - What its sources were asked for.
 * @param known - Names directly in the section that are in order though nothing asked for them.
 */
export function findUnknownKeys(
  value: unknown,
  path: string,
  asked: ReadonlySet<string>,
  known: readonly string[],
): UnknownKey[] {
  const paths = [`${path}.`, ...asked, ...known.map(name => `${path}.${name}`)];
  const unknown: UnknownKey[] = [];

  function visit(content: unknown, contentPath: string): void {
    if (content === undefined || content === null || asked.has(contentPath)) return;
    const isList = Array.isArray(content);
    if (typeof content === 'object' && paths.some(each => each.startsWith(contentPath + (isList ? '[' : '.')))) {
      for (const [key, child] of Object.entries(content)) {
        visit(child, contentPath + (isList ? `[${key}]` : `.${key}`));
      }
    } else if (!paths.includes(contentPath)) {
      const nearest = findNearest(contentPath, paths);
      unknown.push({ path: contentPath, ...(nearest !== undefined && { nearest }) });
    }
  }

  visit(value, path);
  return unknown;
}

/** A known name beside this one that differs by a slip, else the same name at another place. */
function findNearest(path: string, paths: readonly string[]): string | undefined {
  const { parent, name } = split(path);
  const siblings = paths
    .filter(each => each.startsWith(parent))
    .map(each => /^[^.[]*/.exec(each.slice(parent.length))?.[0] ?? '');
  const [best] = [...new Set(siblings)]
    .filter(Boolean)
    // So many slips at least, and to count them takes the product of the two lengths.
    .filter(sibling => Math.abs(name.length - sibling.length) <= Math.max(name.length, sibling.length) / 3)
    .map(sibling => ({ sibling, slips: countSlips(name.toLowerCase(), sibling.toLowerCase()) }))
    .filter(({ sibling, slips }) => slips <= Math.max(name.length, sibling.length) / 3)
    .sort((a, b) => a.slips - b.slips);
  if (best) return parent + best.sibling;
  return paths.find(each => split(each).name.toLowerCase() === name.toLowerCase());
}

function split(path: string): { readonly parent: string; readonly name: string } {
  const end = path.lastIndexOf('.') + 1;
  return { parent: path.slice(0, end), name: path.slice(end) };
}

/** Letters to be added, left out, replaced or swapped with the next one, to make one name of the other. */
function countSlips(from: string, to: string): number {
  const rows = Array.from({ length: from.length + 1 }, (_, row) => [row]);
  const at = (row: number, column: number) => rows[row]?.[column] ?? column;
  for (let row = 1; row <= from.length; row++) {
    for (let column = 1; column <= to.length; column++) {
      const replaced = at(row - 1, column - 1) + (from[row - 1] === to[column - 1] ? 0 : 1);
      const isSwap = row > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      const swapped = isSwap ? at(row - 2, column - 2) + 1 : Infinity;
      rows[row]?.push(Math.min(replaced, swapped, at(row - 1, column) + 1, at(row, column - 1) + 1));
    }
  }
  return at(from.length, to.length);
}

/** An option that is set but that nobody has read. */
export interface UnknownKey {
  /** Full path, such as `backend.cache.redis.clinet`. */
  readonly path: string;
  /** The known path that was probably meant; absent when none is similar. */
  readonly nearest?: string;
}

/**
 * Finds options that are set in a section, were not read, and belong to nobody else.
 *
 * @param value - The section's content.
 * @param path - Path of the section, such as `backend.cache`.
 * @param read - Full paths that were read; those of opened sections end in `.`, those of opened lists in `[`.
 * @param known - Names directly in the section that are never reported.
 */
export function findUnknownKeys(
  value: unknown,
  path: string,
  read: ReadonlySet<string>,
  known: readonly string[],
): UnknownKey[] {
  const paths = [`${path}.`, ...read, ...known.map(name => `${path}.${name}`)];
  const unknown: UnknownKey[] = [];

  function visit(content: unknown, contentPath: string): void {
    if (content === undefined || content === null || read.has(contentPath)) return;
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

/** Returns the path of a similar known name in the same section, else of the same name elsewhere. */
function findNearest(path: string, paths: readonly string[]): string | undefined {
  const { parent, name } = split(path);
  const siblings = paths
    .filter(each => each.startsWith(parent))
    .map(each => /^[^.[]*/.exec(each.slice(parent.length))?.[0] ?? '');
  const [best] = [...new Set(siblings)]
    .filter(Boolean)
    // The difference in length is a lower bound of the distance, and much cheaper to compute.
    .filter(sibling => Math.abs(name.length - sibling.length) <= Math.max(name.length, sibling.length) / 3)
    .map(sibling => ({ sibling, distance: editDistance(name.toLowerCase(), sibling.toLowerCase()) }))
    .filter(({ sibling, distance }) => distance <= Math.max(name.length, sibling.length) / 3)
    .sort((a, b) => a.distance - b.distance);
  if (best) return parent + best.sibling;
  return paths.find(each => split(each).name.toLowerCase() === name.toLowerCase());
}

function split(path: string): { readonly parent: string; readonly name: string } {
  const end = path.lastIndexOf('.') + 1;
  return { parent: path.slice(0, end), name: path.slice(end) };
}

/** Edit distance, with a swap of two adjacent letters as one edit (optimal string alignment). */
function editDistance(from: string, to: string): number {
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

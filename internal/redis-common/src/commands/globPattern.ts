/** The MATCH pattern for keys that start with a prefix, taken literally. */
export function toGlobPattern(prefix: string): string {
  return `${prefix.replace(/[\\*?[\]]/g, '\\$&')}*`;
}

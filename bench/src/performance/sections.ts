/** The sections of a run, in their order; `--only near,memory` selects some. */
export const sections = [
  'throughput',
  'growth',
  'readThrough',
  'frozen',
  'near',
  'readiness',
  'imports',
  'memory',
  'largeStores',
  'clear',
] as const;

export type Section = (typeof sections)[number];

/** Reads `--only`; `undefined` without it. Throws for an unknown section. */
export function readOnly(args: readonly string[]): readonly Section[] | undefined {
  const found = args.findIndex(arg => arg === '--only' || arg.startsWith('--only='));
  const option = args[found];
  if (option === undefined) return undefined;
  const names = (option === '--only' ? (args[found + 1] ?? '') : option.slice('--only='.length)).split(',');
  const wrong = names.filter(name => !(sections as readonly string[]).includes(name));
  if (wrong.length > 0) throw new Error(`There is no section '${wrong.join(', ')}', only ${sections.join(', ')}`);
  return sections.filter(name => names.includes(name));
}

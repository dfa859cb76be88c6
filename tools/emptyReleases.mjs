/**
 * A CHANGELOG whose latest release has a sentence where it had none: of a package that is released because of what it depends on.
 *
 * `dependencies` are the new versions of those, by name.
 */
export function fillEmptyRelease(changelog, dependencies) {
  const [, head, version, rest] = /^(#[^\n]*\n+)## ([^\n]+)\n*([^]*)$/.exec(changelog) ?? [];
  const isEmpty = version !== undefined && (rest === '' || rest.startsWith('## '));
  const named = Object.entries(dependencies).map(([name, of]) => `\`${name}\` ${of}`);
  if (!isEmpty || named.length === 0) return changelog;
  const sentence = `No change of its own. It comes with ${named.join(' and ')}.`;
  return `${head}## ${version}\n\n${sentence}\n${rest && `\n${rest}`}`;
}

const list = new Intl.ListFormat('en');

/**
 * The released packages that come with a package: its dependencies, or those of its template if it has no dependencies.
 * @param {{ dependencies?: object, devDependencies?: object }} manifest
 * @param {Record<string, string>} released - New versions by name.
 */
export function releasedWith(manifest, released) {
  const { dependencies, devDependencies } = manifest;
  const [brought, others] = [dependencies, devDependencies].map(wanted =>
    Object.entries(released).filter(([name]) => name in { ...wanted }),
  );
  return Object.fromEntries(dependencies ? brought : others);
}

/**
 * Adds a sentence to the latest release of a CHANGELOG if that has no text, as for a package that is released only because of its
 * dependencies.
 *
 * `dependencies` has their new versions by name.
 */
export function fillEmptyRelease(changelog, dependencies) {
  const [, head, version, rest] = /^(#[^\n]*\n+)## ([^\n]+)\n*([^]*)$/.exec(changelog) ?? [];
  const isEmpty = version !== undefined && (rest === '' || rest.startsWith('## '));
  const named = Object.entries(dependencies).map(([name, of]) => `\`${name}\` ${of}`);
  if (!isEmpty || named.length === 0) return changelog;
  const sentence = `No change of its own. It comes with ${list.format(named)}.`;
  return `${head}## ${version}\n\n${sentence}\n${rest && `\n${rest}`}`;
}

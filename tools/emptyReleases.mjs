const list = new Intl.ListFormat('en');

/**
 * Those of the released packages, their new versions by name, that somebody gets with a package: its dependencies, and those in the
 * template of one that has none.
 * @param {{ dependencies?: object, devDependencies?: object }} manifest
 * @param {Record<string, string>} released
 */
export function releasedWith(manifest, released) {
  const { dependencies, devDependencies } = manifest;
  const [brought, others] = [dependencies, devDependencies].map(wanted =>
    Object.entries(released).filter(([name]) => name in { ...wanted }),
  );
  return Object.fromEntries(dependencies ? brought : others);
}

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
  const sentence = `No change of its own. It comes with ${list.format(named)}.`;
  return `${head}## ${version}\n\n${sentence}\n${rest && `\n${rest}`}`;
}

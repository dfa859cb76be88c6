/** The commands that install packed packages into the backend of an app, two for each package manager, run in the root of the app. */
export function installLines(packed, names) {
  const pathOf = name => packed.find(({ manifest }) => manifest.name === name)?.filename ?? unknown(packed, name);
  const added = names.map(name => `"${name}@file:${pathOf(name)}"`).join(' ');

  // No registry has these packages, so each of them that is a dependency is overridden by its tarball.
  const needed = new Set(packed.flatMap(({ manifest }) => Object.keys(manifest.dependencies ?? {})));
  const overrides = packed
    .filter(({ manifest }) => needed.has(manifest.name))
    .map(({ manifest, filename }) => [manifest.name, `file:${filename}`]);
  const fields = field => overrides.map(([name, file]) => `"${field}[${name}]=${file}"`).join(' ');

  return {
    Yarn: [`npm pkg set ${fields('resolutions')}`, `yarn --cwd packages/backend add ${added}`],
    npm: [`npm pkg set ${fields('overrides')}`, `npm install --workspace packages/backend ${added}`],
    pnpm: [
      `pnpm config set --location=project --json overrides '${JSON.stringify(Object.fromEntries(overrides))}'`,
      `pnpm --dir packages/backend add ${added}`,
    ],
  };
}

function unknown(packed, name) {
  throw new Error(`${name} is none of ${packed.map(({ manifest }) => manifest.name).join(', ')}`);
}

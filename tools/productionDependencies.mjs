import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * All packages that are installed with the one in `folder`, as they are installed here: its dependencies and theirs, at any depth. Peers
 * count unless they are optional. An optional dependency that is not installed on this system is left out.
 */
export function productionDependencies(folder) {
  const found = new Map();
  const visit = from => {
    for (const [name, isOptional] of wanted(readManifest(from))) {
      const place = findInstalled(name, from);
      if (place === undefined && !isOptional) throw new Error(`${name}, which ${from} depends on, is not installed`);
      if (place === undefined || found.has(place)) continue;
      found.set(place, { folder: place, ...readManifest(place) });
      visit(place);
    }
  };
  const own = realpathSync(folder);
  visit(own);
  found.delete(own);
  return [...found.values()];
}

/** Names of the dependencies, each with whether it is optional. */
function wanted({ dependencies, peerDependencies, peerDependenciesMeta = {}, optionalDependencies = {} }) {
  const isOptionalPeer = name => peerDependenciesMeta[name]?.optional === true;
  const peers = Object.keys({ ...peerDependencies }).filter(name => !isOptionalPeer(name));
  // npm lists an optional dependency among the regular ones too.
  const names = new Set([...peers, ...Object.keys({ ...dependencies, ...optionalDependencies })]);
  return [...names].map(name => [name, name in optionalDependencies]);
}

/** Searches as Node does: in the `node_modules` of each folder upward. */
function findInstalled(name, from) {
  const place = join(from, 'node_modules', name);
  if (existsSync(join(place, 'package.json'))) return realpathSync(place);
  return dirname(from) === from ? undefined : findInstalled(name, dirname(from));
}

function readManifest(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

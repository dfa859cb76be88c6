import { runCommand } from '../../../helpers/runCommand';

// Dependencies other than libraries (init scripts, perl, adduser) are only needed to run the server as a service. The C library must be the
// machine's own, because the dynamic loader belongs to it.
const neededPackage = /^(?!libc6$)(lib|lua-|redis-|valkey-|memcached$)/;

/** Returns those of `names` that apt knows, and the packages that they depend on. */
export async function listPackages(configuration: string, names: readonly string[]): Promise<readonly string[]> {
  const available = new Set((await runCommand('apt-cache', ['-c', configuration, 'pkgnames'])).split('\n'));
  const known = names.filter(name => available.has(name));
  if (known.length === 0) return [];
  const graph = toGraph(
    await runCommand('apt-cache', ['-c', configuration, 'depends', '--recurse', '--important', ...known]),
  );
  const found = new Set(known);
  for (const name of found) {
    for (const dependency of graph.get(name) ?? []) {
      if (neededPackage.test(dependency)) found.add(dependency);
    }
  }
  return [...found];
}

/** Reads lines such as `redis-server`, `  Depends: redis-tools`, ` |PreDepends: a`. Names in angle brackets are virtual packages. */
function toGraph(text: string): ReadonlyMap<string, readonly string[]> {
  const graph = new Map<string, string[]>();
  let dependencies: string[] = [];
  for (const line of text.split('\n')) {
    const dependency = /^ [ |](?:Pre)?Depends: ([^<]\S*)$/.exec(line)?.[1];
    if (dependency !== undefined) dependencies.push(dependency);
    else if (/^\S/.test(line)) graph.set(line.trim(), (dependencies = []));
  }
  return graph;
}

import type { ServerKind } from '../engines/serverKind';
import { startSharedServers, type SharedServers } from './startSharedServers';

declare global {
  // A global setup passes values to the teardown in this way: https://jestjs.io/docs/configuration#globalsetup-string
  var greenroomSharedServers: readonly SharedServers[] | undefined;
}

/** Starts the servers that the tests of a Jest project share, unless another project of the run has started them. */
export async function setUpServers(kinds: readonly ServerKind[]): Promise<void> {
  const before = globalThis.greenroomSharedServers ?? [];
  const started = new Set(before.flatMap(shared => shared.kinds));
  const print = (line: string) => void process.stderr.write(`${line}\n`);
  const missing = kinds.filter(kind => !started.has(kind));
  if (missing.length > 0) globalThis.greenroomSharedServers = [...before, await startSharedServers(missing, print)];
}

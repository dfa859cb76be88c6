import { startSharedServers, type SharedServers } from './startSharedServers';

declare global {
  // How a global setup hands something to the teardown: https://jestjs.io/docs/configuration#globalsetup-string
  var greenroomSharedServers: SharedServers | undefined;
}

/** Starts the servers that the tests of a run share. */
export default async function jestGlobalSetup(): Promise<void> {
  globalThis.greenroomSharedServers = await startSharedServers(line => process.stderr.write(`${line}\n`));
}

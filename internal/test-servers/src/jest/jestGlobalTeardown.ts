/** Stops the servers that the tests of a run shared, the last first, as each has the environment back that it found. */
export default async function jestGlobalTeardown(): Promise<void> {
  const started = globalThis.greenroomSharedServers ?? [];
  globalThis.greenroomSharedServers = undefined;
  for (const shared of [...started].reverse()) await shared.stop();
}

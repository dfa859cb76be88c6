/** Stops the servers that the tests of a run shared. The last is stopped first, as each restores the environment that it found. */
export default async function jestGlobalTeardown(): Promise<void> {
  const started = globalThis.greenroomSharedServers ?? [];
  globalThis.greenroomSharedServers = undefined;
  for (const shared of [...started].reverse()) await shared.stop();
}

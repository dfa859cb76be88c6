/** Stops the servers that the tests of a run shared. */
export default async function jestGlobalTeardown(): Promise<void> {
  await globalThis.greenroomSharedServers?.stop();
}

import { fileURLToPath } from 'node:url';
import { dockerEngine } from './dockerEngine';
import { nativeEngine } from './native/nativeEngine';
import { once } from '../helpers/once';
import { runCommand } from '../helpers/runCommand';
import type { ServerEngine } from './serverEngine';

/** The environment variable that forces one way to run servers. */
export const engineVariable = 'GREENROOM_TEST_SERVERS';

const detectionTimeoutMs = 5_000;

/**
 * Returns the way in which this process runs servers: `docker` or `native` if GREENROOM_TEST_SERVERS says so, else Docker if an
 * engine answers. Decided once.
 */
export const selectEngine = once(async (): Promise<ServerEngine> => {
  const forced = process.env[engineVariable];
  switch (forced) {
    case 'docker':
      return dockerEngine;
    case 'native':
      return nativeEngine;
    case undefined:
    case '':
      return (await isDockerThere()) ? dockerEngine : nativeEngine;
    default:
      throw new Error(`${engineVariable} is "${forced}"; set it to "docker" or "native", or leave it out`);
  }
});

function isDockerThere(): Promise<boolean> {
  const detection = fileURLToPath(new URL('./detectDocker.mjs', import.meta.url));
  return runCommand(process.execPath, [detection], { timeoutMs: detectionTimeoutMs }).then(
    () => true,
    () => false,
  );
}

import { once } from '../helpers/once';
import { dockerEngine, isDockerRunning } from './dockerEngine';
import { nativeEngine } from './native/nativeEngine';
import type { ServerEngine } from './serverEngine';

/** The environment variable that forces one way to run servers. */
export const engineVariable = 'GREENROOM_TEST_SERVERS';

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
      return (await isDockerRunning()) ? dockerEngine : nativeEngine;
    default:
      throw new Error(`${engineVariable} is "${forced}"; set it to "docker" or "native", or leave it out`);
  }
});

import { toUrlVariable, type ServerKind } from '../engines/serverKind';

/**
 * Returns what to write as `connection` for the server of this kind that all tests of a run share: the one that the run has
 * started, or the one that GREENROOM_TEST_REDIS_URL, GREENROOM_TEST_VALKEY_URL or GREENROOM_TEST_MEMCACHED_URL names.
 *
 * Others use the server at the same time: a test makes its own keys and neither flushes nor stops it. Throws when there is none.
 */
export function sharedServerUrl(kind: ServerKind): string {
  const variable = toUrlVariable(kind);
  const url = process.env[variable];
  if (!url) {
    throw new Error(
      `There is no shared ${kind} server. Have jest.config.mjs start one for this project, or set ${variable}.`,
    );
  }
  return url;
}

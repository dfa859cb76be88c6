import { toUrlVariable, type ServerKind } from '../engines/serverKind';

/**
 * Returns the value of `connection` for the server of this kind that all tests of a run share. The run has started that server, or
 * GREENROOM_TEST_REDIS_URL, GREENROOM_TEST_VALKEY_URL or GREENROOM_TEST_MEMCACHED_URL names it.
 *
 * Other tests use the server at the same time: a test uses keys of its own, and neither flushes nor stops the server. Throws when there is
 * none.
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

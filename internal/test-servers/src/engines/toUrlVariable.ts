import type { ServerKind } from './serverKind';

/** Returns the name of the environment variable that says where the shared server of this kind is. */
export function toUrlVariable(kind: ServerKind): string {
  return `GREENROOM_TEST_${kind.toUpperCase()}_URL`;
}

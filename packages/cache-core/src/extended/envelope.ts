import type { JsonObject, JsonValue } from '../contract/jsonValue';
import { decodeValue, encodeValue } from '../values/codec';
import { toPlainEntry } from '../values/entry';
import type { Entry } from '../values/entry';
import { createSharedValue } from '../values/sharedValue';

/** The member that marks an envelope. A value of a plugin that also has this member is wrapped in an envelope. */
const VERSION = '$greenroom';

/** The value that a foreign cache stores for an entry: the value itself, or an envelope where it needs one. */
export function toEnvelope(entry: Entry): JsonValue {
  const value = entry.value.take();
  const { metaJson, freshUntilMs, staleUntilMs } = entry;
  if (staleUntilMs === freshUntilMs && metaJson === undefined && !isMarked(value)) return value;
  return {
    [VERSION]: 1,
    value,
    ...(freshUntilMs !== Infinity && { freshUntilMs }),
    ...(staleUntilMs !== Infinity && { staleUntilMs }),
    ...(metaJson !== undefined && { meta: decodeValue(metaJson) }),
  };
}

/** The entry that a foreign cache returned; `undefined` for an envelope of another version. */
export function fromEnvelope(found: JsonValue): Entry | undefined {
  if (!isMarked(found)) return toPlainEntry(createSharedValue(encodeValue(found)));
  const { [VERSION]: version, value, freshUntilMs = Infinity, staleUntilMs = Infinity, meta } = found;
  const isEnvelope = typeof version === 'number' && value !== undefined;
  // A value with this member that the plugin has set without an extended cache.
  if (!isEnvelope || typeof freshUntilMs !== 'number' || typeof staleUntilMs !== 'number') {
    return toPlainEntry(createSharedValue(encodeValue(found)));
  }
  if (version !== 1) return undefined;
  const metaJson = meta === undefined ? undefined : encodeValue(meta);
  return { value: createSharedValue(encodeValue(value)), metaJson, freshUntilMs, staleUntilMs };
}

function isMarked(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, VERSION);
}

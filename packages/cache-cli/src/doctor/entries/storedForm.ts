/** What follows the prefix in a key that Greenroom writes: a plugin id, then an encoded key, a digest, a lease or a namespace. */
const storedKey = /^[\x21-\x39\x3b-\x7e]{1,64}:(?:[\w\-.~:/@,=+!]|%[0-9A-F]{2}|%uD[89A-F][0-9A-F]{2}){0,400}$/;
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const header = /^#\d+ \S+ /;

/** Whether a key without its prefix has a form that Greenroom writes. */
export function isStoredKey(key: string): boolean {
  return storedKey.test(key);
}

/** Whether Greenroom can have written a text: it is JSON, or it begins with a header. */
export function isStoredText(text: string): boolean {
  if (header.test(text)) return true;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Whether a key was written by a doctor; such a key is gone within 5 s. */
export function isDoctorKey(key: string): boolean {
  return /cache:doctor-[0-9a-f]{16}$/.test(key);
}

/** Whether the last part of a key looks like one of Backstage's built-in cache, which encodes keys in base64. */
export function isBuiltInKey(key: string): boolean {
  const last = key.slice(key.lastIndexOf(':') + 1);
  if (last.length < 4 || !base64.test(last)) return false;
  const bytes = Buffer.from(last, 'base64');
  // The built-in cache replaces long keys by digests.
  return last.length === 44 || isPrintable(bytes.toString('utf8'));
}

/** Whether a key belongs to an index set, in which the built-in cache lists its keys. */
export function isIndexKey(key: string): boolean {
  return /(?:^|:)(?:namespace|sets):[^:]/.test(key);
}

/** Whether a text is the envelope of the built-in cache: `{"value":...}` with or without `expires`, and nothing else. */
export function isEnvelope(text: string): boolean {
  if (!/^\{"(?:value|expires)":/.test(text)) return false;
  try {
    const { value, expires, ...others } = JSON.parse(text) as Record<string, unknown>;
    const isExpiry = expires === undefined || expires === null || typeof expires === 'number';
    return value !== undefined && isExpiry && Object.keys(others).length === 0;
  } catch {
    return false;
  }
}

function isPrintable(text: string): boolean {
  return !/[\p{Cc}\ufffd]/u.test(text);
}

/**
 * The text of an entry is JSON, or a header and JSON: `#1 <stored key> <expiry> <JSON>`. The expiry is in ms since 1970, or `-`
 * for none. JSON never starts with `#`, and a stored key contains no space.
 */
const HEADER_START = '#';
const header = /^#1 (\S+) (\d+|-) /;

/** Puts a header before a JSON text. */
export function withHeader(storedKey: string, text: string, expiresAtMs: number | undefined): string {
  return `#1 ${storedKey} ${expiresAtMs ?? '-'} ${text}`;
}

/**
 * Returns the JSON text after the header. `undefined` when the header has another version, names another key or has an expiry in
 * the past, and when there is none although `headerRequired` is true.
 */
export function withoutHeader(
  storedKey: string,
  text: string,
  headerRequired: boolean,
  now = Date.now,
): string | undefined {
  if (!text.startsWith(HEADER_START)) return headerRequired ? undefined : text;
  const [whole, key, expiresAtMs] = header.exec(text) ?? [];
  if (whole === undefined || key !== storedKey) return undefined;
  if (expiresAtMs !== '-' && Number(expiresAtMs) <= now()) return undefined;
  return text.slice(whole.length);
}

/** Time since the expiry in the header, in ms; 0 when it is not over yet, or the header names another key. */
export function overdueMsOf(storedKey: string, text: string, now = Date.now): number {
  const [, key, expiresAtMs] = header.exec(text) ?? [];
  return key === storedKey && expiresAtMs !== '-' ? Math.max(0, now() - Number(expiresAtMs)) : 0;
}

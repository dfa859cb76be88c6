/**
 * The text of an entry is its JSON, or a header and its JSON: `#1 <stored key> <expiry> <JSON>`, where the expiry is in ms
 * since 1970 or `-`. No JSON text starts with `#`, and no stored key holds a space.
 */
const HEADER_START = '#';
const header = /^#1 (\S+) (\d+|-) /;

/** Puts a header in front of a text. */
export function withHeader(storedKey: string, text: string, expiresAtMs: number | undefined): string {
  return `#1 ${storedKey} ${expiresAtMs ?? '-'} ${text}`;
}

/**
 * The JSON text behind the header. `undefined` when the header is of another version, which may own the entry, names
 * another key, or says that the entry has expired; and without a header when `headerRequired`.
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

/** How long ago the entry has expired by its header, in ms; 0 when it has not, or is none of this key. */
export function overdueMsOf(storedKey: string, text: string, now = Date.now): number {
  const [, key, expiresAtMs] = header.exec(text) ?? [];
  return key === storedKey && expiresAtMs !== '-' ? Math.max(0, now() - Number(expiresAtMs)) : 0;
}

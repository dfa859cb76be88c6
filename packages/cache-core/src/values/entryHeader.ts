import type { Freshness } from './entry';

/**
 * The text of an entry is JSON, or a header and JSON. JSON never starts with `#`, and a stored key contains no space.
 *
 *     #1 <stored key> <expiry> <JSON>
 *     #2 <stored key> <expiry> <end of freshness> <length of meta> <meta><JSON>
 *
 * An encrypted text begins with `#3`: see `createEntryCiphers`. Times are in ms since 1970, or `-` for none. For an older version of this
 * package, an entry with a header that it does not know is a miss.
 */
const HEADER_START = '#';
const header = /^#1 (\S+) (\d+|-) /;
const freshnessHeader = /^#2 (\S+) (\d+|-) (\d+|-) (\d+) /;

/** The JSON text of an entry, and what its header says about it. */
export interface HeadedText extends Freshness {
  readonly json: string;
}

/** Puts a header before a JSON text. */
export function withHeader(storedKey: string, text: string, expiresAtMs: number | undefined): string {
  return `#1 ${storedKey} ${expiresAtMs ?? '-'} ${text}`;
}

/** Puts a header with freshness before a JSON text. */
export function withFreshness(storedKey: string, text: string, freshness: Freshness): string {
  const { freshUntilMs, staleUntilMs, metaJson = '' } = freshness;
  const times = `${toText(staleUntilMs)} ${toText(freshUntilMs)}`;
  return `#2 ${storedKey} ${times} ${metaJson.length} ${metaJson}${text}`;
}

/**
 * Returns the JSON text after the header. Returns `undefined` when the header has an unknown version, names another key or is no longer
 * fresh, and when there is no header although `headerRequired` is true.
 */
export function withoutHeader(
  storedKey: string,
  text: string,
  headerRequired: boolean,
  now = Date.now,
): string | undefined {
  if (!text.startsWith(HEADER_START)) return headerRequired ? undefined : text;
  const headed = readHeader(storedKey, text);
  return headed && (headed.freshUntilMs === Infinity || headed.freshUntilMs > now()) ? headed.json : undefined;
}

/** Like {@link withoutHeader}, but returns what the header says, too, and also reads an entry that has expired. */
export function readEntryText(storedKey: string, text: string, headerRequired: boolean): HeadedText | undefined {
  if (text.startsWith(HEADER_START)) return readHeader(storedKey, text);
  return headerRequired
    ? undefined
    : { json: text, freshUntilMs: Infinity, staleUntilMs: Infinity, metaJson: undefined };
}

function readHeader(storedKey: string, text: string): HeadedText | undefined {
  const [whole, key, expiry] = header.exec(text) ?? [];
  if (whole !== undefined) {
    const untilMs = toTimeMs(expiry);
    return key === storedKey
      ? { json: text.slice(whole.length), freshUntilMs: untilMs, staleUntilMs: untilMs, metaJson: undefined }
      : undefined;
  }
  const [start, ownKey, end, freshEnd, metaLength] = freshnessHeader.exec(text) ?? [];
  if (start === undefined || ownKey !== storedKey) return undefined;
  const jsonStart = start.length + Number(metaLength);
  return {
    json: text.slice(jsonStart),
    freshUntilMs: toTimeMs(freshEnd),
    staleUntilMs: toTimeMs(end),
    metaJson: text.slice(start.length, jsonStart) || undefined,
  };
}

/** Time since the expiry in the header, in ms; 0 when that time has not come yet, or the header names another key. */
export function overdueMsOf(storedKey: string, text: string, now = Date.now): number {
  if (!text.startsWith(HEADER_START)) return 0;
  const { staleUntilMs = Infinity } = readHeader(storedKey, text) ?? {};
  return staleUntilMs === Infinity ? 0 : Math.max(0, now() - staleUntilMs);
}

function toText(timeMs: number): string {
  return timeMs === Infinity ? '-' : String(timeMs);
}

function toTimeMs(text: string | undefined): number {
  return text === '-' ? Infinity : Number(text);
}

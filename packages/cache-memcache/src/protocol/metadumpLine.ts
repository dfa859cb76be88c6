import type { StoredEntry } from '@greenroom/cache-core';

const form = /^key=(\S{1,750}) exp=(-?\d{1,12}) .*\bsize=(\d{1,12})\b/;

/**
 * Reads the entry in a line of `lru_crawler metadump`. Returns `undefined` for a line of any other form, and for a key that is not
 * text. Times are those of the server, in whole seconds.
 */
export function readMetadumpLine(line: string, nowMs: number): StoredEntry | undefined {
  const [, encoded = '', expiry, size] = form.exec(line) ?? [];
  const key = decode(encoded);
  if (key === undefined || key === '') return undefined;
  const expirySeconds = Number(expiry);
  const expiresInMs = expirySeconds > 0 ? Math.max(0, expirySeconds * 1000 - nowMs) : null;
  return { key, bytes: Number(size), expiresInMs };
}

function decode(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}

import assert from 'node:assert/strict';
import { readEntryText } from '../../values/entryHeader';
import type { Clocks } from './clocks';
import type { VersionStore } from './versionStore';

/** What one process knows about one key. */
export interface KeyHistory {
  readonly storedKey: string;
  /** The oldest change of the store that a read may return if it starts now. */
  oldestChange: number;
  /** The same for a near copy. Writes and clears count from their call, until a read that started later returns an older value. */
  oldestNearChange: number;
  /**
   * The same, counting only the clears that were called. Ignored while this process writes the key, as a clear then leaves the key alone:
   * if that write fails, the store keeps the old value until it is removed.
   */
  oldestClearedChange: number;
  writesUnderWay: number;
  /** Number of calls of a write or clear. */
  called: number;
  /** The sets of this process with a ttl, by version of the value. */
  readonly ttlSets: Map<number, { readonly calledMs: number; readonly ttlMs: number }>;
  /** Versions that the store, not a near copy, has returned to this process. */
  readonly fromStore: Set<number>;
}

/** A read, and what was known when it started. */
export interface AskedRead {
  readonly name: string;
  readonly askedMs: number;
  readonly oldestChange: number;
  readonly called: number;
  readonly isNear: boolean;
  readonly isClosed: boolean;
  /** Whether it also returns stale entries. */
  readonly isOfEntry: boolean;
}

export function createKeyHistory(storedKey: string): KeyHistory {
  return {
    storedKey,
    oldestChange: 0,
    oldestNearChange: 0,
    oldestClearedChange: 0,
    writesUnderWay: 0,
    called: 0,
    ttlSets: new Map(),
    fromStore: new Set(),
  };
}

/** Returns the oldest change of the store that a read may return if it starts now. */
export function oldestChangeOf(history: KeyHistory, isNear: boolean): number {
  const { oldestChange, oldestNearChange, oldestClearedChange, writesUnderWay } = history;
  if (isNear) return Math.max(oldestChange, oldestNearChange);
  return writesUnderWay === 0 ? Math.max(oldestChange, oldestClearedChange) : oldestChange;
}

/** Throws when a read has returned something that it must not return. */
export function assertPromises(
  value: { readonly version: number } | undefined,
  read: AskedRead,
  history: KeyHistory,
  store: VersionStore,
  clocks: Clocks,
  maxStalenessMs: number,
): void {
  if (!value) return;
  const { name, askedMs, isNear } = read;
  const given = `${name} gives ${isNear ? 'near ' : ''}version ${value.version}`;
  const version = store.versions.get(value.version);
  assert.ok(version?.key === history.storedKey, `${given}, which the store never had under this key`);
  assert.ok(!read.isClosed, `${given} after close`);

  const goneMs = Math.min(version.goneMs, version.untilMs);
  if (isNear) {
    const agoMs = askedMs - goneMs;
    assert.ok(agoMs < maxStalenessMs, `${given}, which is gone for ${agoMs} ms: longer than ${maxStalenessMs} ms`);
  } else {
    assert.ok(goneMs >= askedMs, `${given}, which was gone when it was asked for`);
  }
  assert.ok(
    version.change >= read.oldestChange,
    `${given}, of change ${version.change}, older than ${read.oldestChange}`,
  );

  const entry = readEntryText(version.key, version.text, false);
  const endMs = (read.isOfEntry ? entry?.staleUntilMs : entry?.freshUntilMs) ?? Infinity;
  assert.ok(Date.now() < endMs, `${given}, whose life is over by its header`);
  const ttlSet = isNear && !history.fromStore.has(value.version) && history.ttlSets.get(value.version);
  if (ttlSet) assert.ok(clocks.trueMs < ttlSet.calledMs + ttlSet.ttlMs, `${given}, whose ttl is over`);

  if (!isNear) history.fromStore.add(value.version);
  if (!isNear && read.called === history.called) {
    history.oldestNearChange = Math.min(history.oldestNearChange, version.change);
  }
  history.oldestChange = Math.max(history.oldestChange, version.change);
}

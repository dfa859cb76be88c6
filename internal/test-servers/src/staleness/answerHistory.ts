/** A time within which a server may have answered a `get` with one version. */
interface AnswerSpan {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** A change that has been sent, with a result that is not known yet. */
interface OpenChange {
  /** The server has made the change. @param ttlMs - The server removes the version after this time. */
  acknowledged(atMs: number, ttlMs?: number): void;
  /** No answer will come. The server may have made the change. With `mayComeLater` it may also make it at any later time. */
  lost(atMs: number, mayComeLater: boolean): void;
}

/** What the server of one key would have answered, and when, as far as a client can know. Versions are above 0. */
export interface AnswerHistory {
  /** A version, or a removal (`undefined`), is about to be sent. */
  begin(version: number | undefined, sentMs: number): OpenChange;
  /** The server has lost all its entries: it was emptied or killed. */
  emptied(sentMs: number, settledMs: number): void;
  /** Another server has taken over, at `sinceMs` or later, and was found to have this version. */
  found(version: number, sinceMs: number, atMs: number): void;
  /** The periods in which a server may have answered with the version. */
  spansOf(version: number): readonly AnswerSpan[];
}

interface Change {
  readonly version: number | undefined;
  readonly fromMs: number;
  /** By this time the change has been made, or never will be. */
  madeByMs: number;
  /** After this time, nothing older than this change is left. */
  replacedByMs: number;
  ttlMs: number;
}

/** @param isLossAnEnd - A lost change also ends the earlier versions: for readers that must not see those again. */
export function createAnswerHistory({ isLossAnEnd = false } = {}): AnswerHistory {
  const changes: Change[] = [];
  const byVersion = new Map<number, Change[]>();
  /** Sorted by `fromMs`. Each has the earliest end of its own change and all later ones. */
  let ends: { readonly fromMs: number; readonly untilMs: number }[] | undefined;

  function add(change: Change): Change {
    changes.push(change);
    ends = undefined;
    if (change.version !== undefined) {
      byVersion.set(change.version, [...(byVersion.get(change.version) ?? []), change]);
    }
    return change;
  }

  function toEnds() {
    let untilMs = Infinity;
    return changes
      .filter(({ replacedByMs }) => replacedByMs < Infinity)
      .sort((first, second) => second.fromMs - first.fromMs)
      .map(({ fromMs, replacedByMs }) => ({ fromMs, untilMs: (untilMs = Math.min(untilMs, replacedByMs)) }))
      .reverse();
  }

  /** The time by which a version made by `madeByMs` is gone, because a change that began later has replaced it. */
  function endOf(madeByMs: number): number {
    const sorted = (ends ??= toEnds());
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sorted[middle]?.fromMs ?? 0) < madeByMs) low = middle + 1;
      else high = middle;
    }
    return sorted[low]?.untilMs ?? Infinity;
  }

  return {
    begin(version, sentMs) {
      const change = add({ version, fromMs: sentMs, madeByMs: Infinity, replacedByMs: Infinity, ttlMs: Infinity });
      return {
        acknowledged(atMs, ttlMs = Infinity) {
          ends = undefined;
          Object.assign(change, { madeByMs: atMs, replacedByMs: atMs, ttlMs });
        },
        lost(atMs, mayComeLater) {
          ends = undefined;
          if (!mayComeLater) change.madeByMs = atMs;
          if (isLossAnEnd) change.replacedByMs = atMs;
        },
      };
    },
    emptied(sentMs, settledMs) {
      add({ version: undefined, fromMs: sentMs, madeByMs: settledMs, replacedByMs: settledMs, ttlMs: Infinity });
    },
    found(version, sinceMs, atMs) {
      add({ version, fromMs: sinceMs, madeByMs: atMs, replacedByMs: Infinity, ttlMs: Infinity });
    },
    spansOf: version =>
      (byVersion.get(version) ?? []).map(({ fromMs, madeByMs, ttlMs }) => ({
        fromMs,
        untilMs: Math.min(endOf(madeByMs), madeByMs + ttlMs),
      })),
  };
}

import type { ServerAddress, SocketAddress } from '../config/serverAddress';

/** The master according to one sentinel. */
export interface MasterOpinion extends ServerAddress {
  /** Epoch of the failover that made it master; `undefined` if the sentinel does not report it. */
  readonly epoch: number | undefined;
}

/**
 * Decides which sentinel to believe when they disagree. The sentinel that led a failover knows of it before the others, and one that is
 * cut off does not hear of it, so the latest epoch wins. Epochs start again when a master is registered again, so a majority wins over
 * the master believed so far even with an earlier epoch.
 *
 * @param opinions - At least one.
 * @param sentinels - How many sentinels there are, including those that have not answered.
 * @param believed - The master believed so far.
 */
export function chooseMaster(
  opinions: readonly MasterOpinion[],
  sentinels: number,
  believed: MasterOpinion | undefined,
): MasterOpinion {
  const latestEpoch = Math.max(...opinions.map(epochOf));
  const latest = opinions.filter(opinion => epochOf(opinion) === latestEpoch);
  const countOf = (one: MasterOpinion) => latest.filter(other => isSameServer(one, other)).length;
  const chosen = latest.reduce((best, next) => {
    const lead = countOf(next) - countOf(best);
    return lead > 0 || (lead === 0 && believed && isSameServer(next, believed)) ? next : best;
  });
  if (!believed || isSameServer(chosen, believed) || latestEpoch > epochOf(believed)) return chosen;
  const electorate = chosen.epoch === undefined ? opinions.length : sentinels;
  return countOf(chosen) * 2 > electorate ? chosen : believed;
}

export function isSameServer(one: ServerAddress | SocketAddress, other: ServerAddress | SocketAddress): boolean {
  if ('path' in one || 'path' in other) return 'path' in one && 'path' in other && one.path === other.path;
  return one.host === other.host && one.port === other.port;
}

function epochOf({ epoch = -1 }: MasterOpinion): number {
  return epoch;
}

import type { ServerAddress, SocketAddress } from './serverAddress';

/** Where a master is, as a sentinel says. */
export interface MasterOpinion extends ServerAddress {
  /** Of the failover that made it master; `undefined` where that is not told. */
  readonly epoch: number | undefined;
}

/**
 * What is to be believed when sentinels do not agree. One that led a failover knows before the others, and one that is cut off
 * from them does not hear of it: the latest epoch counts. Epochs begin anew when a master is given to the sentinels once more,
 * so that most of them together are believed in any case.
 *
 * @param opinions - At least one.
 * @param sentinels - How many there are, those included that have not answered.
 * @param believed - What has been believed so far.
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

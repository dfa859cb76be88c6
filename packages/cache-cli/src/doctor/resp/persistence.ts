import type { Examination, RespServer } from './examination';
import type { Facts } from './facts';

/** Checks whether the server writes its data to disk. */
export function checkPersistence(
  { name: server }: RespServer,
  facts: Facts,
  { findings }: Pick<Examination, 'findings'>,
): void {
  const { info, config } = facts;
  const save = config?.get('save');
  if (save !== undefined && save !== '') {
    addSnapshots(server, `Snapshots are on (save ${save.replace(/[^\d ]/g, '').slice(0, 60)}).`, findings);
  } else if (save === undefined) {
    // Snapshots since the start prove that they are on. That there were none does not prove that they are off.
    const saves = Number(info?.get('rdb_saves') ?? 0);
    const hasSaved = saves > 0 || Number(info?.get('rdb_last_bgsave_time_sec') ?? -1) >= 0;
    if (hasSaved) addSnapshots(server, 'The server has saved a snapshot since its start.', findings);
    else
      findings.notChecked({
        ...facts.whyNoConfig,
        server,
        command: 'CONFIG GET save',
        about: 'whether snapshots are on',
      });
  }
  const appends = info?.get('aof_enabled') ?? config?.get('appendonly');
  if (appends === undefined) {
    findings.notChecked({
      ...facts.whyNoInfo,
      server,
      command: 'INFO persistence',
      about: 'whether writes are logged to disk',
    });
  } else if (appends === '1' || appends === 'yes') {
    findings.add({
      ...{ id: 'persistence.aof', severity: 'warning', server, title: 'The server logs all writes to disk' },
      detail:
        'appendonly is yes. A cache needs no disk: writes wait for it, and after a crash the last second may be missing, so deleted values can come back.',
      fix: 'Set appendonly no, unless something else on this server needs it.',
    });
  }
}

function addSnapshots(server: string, seen: string, findings: Examination['findings']): void {
  findings.add({
    ...{ id: 'persistence.rdb', severity: 'warning', server, title: 'The server saves snapshots to disk' },
    detail: `${seen} A cache needs no disk: each snapshot takes memory and time, and after a crash the server brings back what was overwritten or deleted since.`,
    fix: 'Set save "" at the server, unless something else on it needs snapshots.',
  });
}

import type { Examination, RespServer } from './examination';
import type { Facts } from './facts';

const NEARLY_FULL = 0.9;
/** If a server without a limit uses more than this share of the machine's memory, that is reported. */
const MACHINE_NEARLY_FULL = 0.8;

/** Checks the memory, and what happens when it is full. */
export function checkMemory(
  { name: server }: RespServer,
  facts: Facts,
  { findings }: Pick<Examination, 'findings'>,
): void {
  const { info, config } = facts;
  const maximum = toNumber(info?.get('maxmemory') ?? config?.get('maxmemory'));
  const policy = info?.get('maxmemory_policy') ?? config?.get('maxmemory-policy');
  const used = toNumber(info?.get('used_memory'));
  if (maximum === undefined || policy === undefined) {
    findings.notChecked({
      ...facts.whyNoInfo,
      server,
      command: 'INFO memory',
      about: 'how full the memory is, and what is evicted',
    });
    return;
  }
  if (maximum === 0) {
    addUnbounded(server, used, toNumber(info?.get('total_system_memory')), findings);
    if (policy === 'noeviction') {
      findings.add({
        ...{
          id: 'memory.noeviction',
          severity: 'info',
          server,
          title: 'Nothing would be evicted if there were a limit',
        },
        detail:
          'maxmemory-policy is noeviction. It has no effect without maxmemory; with it alone, every set fails once it is reached.',
        fix: 'Set maxmemory-policy to allkeys-lru, together with maxmemory.',
      });
    }
    return;
  }
  const share = used === undefined ? undefined : used / maximum;
  const evictsAll = policy.startsWith('allkeys-');
  if (policy === 'noeviction') {
    findings.add({
      ...{ id: 'memory.noeviction', severity: 'warning', server, title: 'A full server refuses writes' },
      detail:
        `maxmemory-policy is noeviction: once ${toMegabytes(maximum)} are used, every set fails.` + usedText(share),
      fix: 'Set maxmemory-policy to allkeys-lru, or to allkeys-lfu.',
    });
  }
  if (share === undefined) {
    findings.notChecked({ ...facts.whyNoInfo, server, command: 'INFO memory', about: 'how full the memory is' });
  } else if (share >= NEARLY_FULL) {
    const evicted = info?.get('evicted_keys');
    findings.add({
      ...{ id: 'memory.full', severity: evictsAll ? 'info' : 'warning', server, title: 'The memory is nearly full' },
      detail:
        `${toMegabytes(used ?? 0)} of ${toMegabytes(maximum)} are used (${toPercent(share)}), with the policy ${policy}. ` +
        (evictsAll
          ? `The server evicts what was used least: ${evicted ?? 'unknown'} keys since its start. That is normal as long as the hit ratio is good.`
          : 'When nothing may be evicted any more, every set fails.'),
      fix: evictsAll
        ? 'If the hit ratio is low, raise maxmemory, or set shorter ttls.'
        : 'Raise maxmemory, or set maxmemory-policy to allkeys-lru. `greenroom-cache stats` shows which plugin takes the room.',
    });
  }
}

function addUnbounded(
  server: string,
  used: number | undefined,
  ofMachine: number | undefined,
  findings: Examination['findings'],
) {
  const isLarge =
    used !== undefined && ofMachine !== undefined && ofMachine > 0 && used / ofMachine > MACHINE_NEARLY_FULL;
  findings.add({
    ...{ id: 'memory.unbounded', severity: isLarge ? 'warning' : 'info', server, title: 'The memory has no limit' },
    detail:
      'maxmemory is 0, so the server grows until the machine or the container ends it.' +
      (used === undefined
        ? ''
        : ` It uses ${toMegabytes(used)} now${isLarge ? ', most of what the machine has' : ''}.`),
    fix: 'Set maxmemory, below the limit of the container, and maxmemory-policy allkeys-lru.',
  });
}

function usedText(share: number | undefined): string {
  return share === undefined ? '' : ` ${toPercent(share)} are used now.`;
}

function toPercent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function toMegabytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

/** Parses a number in a reply; `undefined` when the text is not a number. */
export function toNumber(text: string | undefined): number | undefined {
  const number = text === undefined || text === '' ? NaN : Number(text);
  return Number.isFinite(number) ? number : undefined;
}

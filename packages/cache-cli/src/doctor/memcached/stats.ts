import type { TextAnswer } from '../link/textLink';
import { addSkew } from '../resp/clock';
import { addIdle, addNearlyFull } from '../resp/clients';
import { toNumber } from '../resp/memory';
import type { MemcachedExamination, MemcachedServer } from './memcachedExamination';

const NEARLY_FULL = 0.9;
const CLIENTS_NEARLY_FULL = 0.8;
/** Allowance for the bytes of an item besides key and value. */
const ITEM_HEADER_BYTES = 1024;

/** Checks memory, clients, clock and limits. */
export async function checkStats(
  { name: server, ask }: MemcachedServer,
  examination: MemcachedExamination,
): Promise<void> {
  const { findings } = examination;
  const sent = Date.now();
  const general = readStats(await ask('stats'));
  const received = Date.now();
  const settings = readStats(await ask('stats settings'));
  if (general.size === 0) {
    const reason = 'the server, or a proxy before it, does not answer it';
    findings.notChecked({ server, command: 'stats', about: 'memory, clients and clock of the server', reason });
  } else {
    const seconds = toNumber(general.get('time'));
    // The clock of memcached ticks once a second.
    if (seconds !== undefined) addSkew(findings, server, seconds * 1000, sent - 1500, received + 500);
    const clients = toNumber(general.get('curr_connections')) ?? 0;
    const maximum = toNumber(general.get('max_connections') ?? settings.get('maxconns'));
    if (maximum !== undefined && clients >= maximum * CLIENTS_NEARLY_FULL)
      addNearlyFull(findings, server, clients, maximum);
  }
  if (settings.size === 0) {
    const reason = 'the server, or a proxy before it, does not answer it';
    findings.notChecked({
      server,
      command: 'stats settings',
      about: 'the largest item and the idle timeout of the server',
      reason,
    });
    return;
  }
  addMemory(server, general, settings, findings);
  addItemSize(server, settings, examination);
  const idleS = toNumber(settings.get('idle_timeout')) ?? 0;
  if (idleS > 0) addIdle(findings, server, idleS, 'idle_timeout');
}

type Stats = ReadonlyMap<string, string>;

function addMemory(server: string, general: Stats, settings: Stats, findings: MemcachedExamination['findings']): void {
  const bytes = toNumber(general.get('bytes')) ?? 0;
  const maximum = toNumber(general.get('limit_maxbytes')) ?? 0;
  const isFull = maximum > 0 && bytes >= maximum * NEARLY_FULL;
  const evicts = settings.get('evictions') !== 'off';
  if (!evicts) {
    findings.add({
      ...{ id: 'memory.noeviction', severity: 'warning', server, title: 'A full server refuses writes' },
      detail: 'The server runs with -M: once its memory is full, every set fails.',
      fix: 'Run it without -M, so that it evicts what was used least.',
    });
  }
  if (isFull) {
    const share = Math.round((bytes / maximum) * 100);
    findings.add({
      ...{ id: 'memory.full', severity: evicts ? 'info' : 'warning', server, title: 'The memory is nearly full' },
      detail: `${share} % are used, and ${general.get('evictions') ?? 'unknown'} entries were evicted since its start.`,
      fix: 'If the hit ratio is low, raise its memory (-m), or set shorter ttls.',
    });
  }
}

function addItemSize(server: string, settings: Stats, { findings, maxValueBytes }: MemcachedExamination): void {
  const largest = toNumber(settings.get('item_size_max'));
  if (largest === undefined || maxValueBytes + ITEM_HEADER_BYTES <= largest) return;
  findings.add({
    ...{
      id: 'memcached.item-size',
      severity: 'warning',
      server,
      title: 'The server takes smaller entries than are sent',
    },
    detail: `Its largest item (-I) has ${largest} bytes, and memcache.client.maxValueBytes is ${maxValueBytes}, which takes ${maxValueBytes + ITEM_HEADER_BYTES}. Entries between are sent and refused.`,
    fix: `Set memcache.client.maxValueBytes to ${Math.max(1, largest - ITEM_HEADER_BYTES)}, or raise -I at the server.`,
  });
}

function readStats(answer: TextAnswer): Stats {
  const lines = 'lines' in answer ? answer.lines : [];
  return new Map(
    lines.flatMap(line => {
      const [, name, value] = /^STAT (\S+) (.*)$/.exec(line) ?? [];
      return name === undefined || value === undefined ? [] : [[name, value] as const];
    }),
  );
}

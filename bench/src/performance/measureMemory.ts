import { askOnce } from './askOnce';
import type { Pauses, PausingSubject } from './pauseProcess';
import type { Plan } from './plan';
import type { Memory } from './results';
import { generalCaches } from './subject';

const subjects = ['greenroom', 'lru-cache', 'Map', 'built-in cache'] as const;

/** Measures the memory of small entries in the process, and how long evicting and sweeping them block the event loop. */
export async function measureMemory(plan: Plan, report: (what: string) => void) {
  const entries = plan.memoryEntries;
  const memory: Memory[] = [];
  for (const subject of [...subjects, ...(plan.generalCaches ? generalCaches : [])]) {
    report(`memory: ${entries.toLocaleString('en')} entries, ${subject}`);
    memory.push({ subject, bytesPerEntry: await askOnce<number>('./memoryProcess.ts', [subject, String(entries)]) });
  }
  const measurePauses = (subject: PausingSubject) => {
    report(`memory: pauses, ${subject}`);
    return askOnce<Pauses>('./pauseProcess.ts', [subject, String(entries)]);
  };
  return {
    memory,
    pauses: { greenroom: await measurePauses('greenroom'), 'lru-cache': await measurePauses('lru-cache') },
  };
}

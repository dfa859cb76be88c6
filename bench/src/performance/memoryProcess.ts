// Fills one subject with small entries and answers with their memory: `memoryProcess.ts <subject> <entries>`.
import { subjects } from './subject';
import type { Subject } from './subject';
import { usedBytes } from './usedBytes';
import { answerQuestions } from './worker';

const BATCH = 1000;

answerQuestions<object, number>(async () => {
  const [subject, count] = process.argv.slice(2) as [Subject, string];
  const entries = Number(count);
  const open = await subjects[subject].load();
  const before = usedBytes();
  const opened = await open('memory', { memory: { maxEntries: entries, maxBytes: 2 ** 40 } });
  const cache = await opened.cacheOf('catalog');
  for (let first = 0; first < entries; first += BATCH) {
    const batch = Array.from({ length: BATCH }, (_, index) => first + index);
    await Promise.all(batch.map(id => cache.set(`entity-${id}`, { id })));
  }
  const bytesPerEntry = (usedBytes() - before) / entries;
  const value = (await cache.get('entity-7')) as { readonly id?: number } | undefined;
  if (value?.id !== 7) throw new Error(`${subject} has lost an entry`);
  return bytesPerEntry;
});

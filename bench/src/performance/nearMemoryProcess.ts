// Fills a layer in the process by reads and answers with its memory:
// `nearMemoryProcess.ts <subject> <connection> <size> plain|frozen <entries, or NaN for as many as fit>`.
import type { OpenedSubject } from './openSubject';
import { createSamples } from './sample';
import type { Sample, Size } from './sample';
import { subjects } from './subject';
import type { Subject } from './subject';
import { answerQuestions } from './worker';
import { usedBytes } from './usedBytes';

const BATCH = 50;
/** Number of samples: more than fit into the layer. */
const sampleCounts: Readonly<Record<Size, number>> = { '100 B': 40_000, '1 KB': 6000, '50 KB': 120 };

answerQuestions<object, object>(async () => {
  const [subject, connection, size, reading, wanted] = process.argv.slice(2) as [Subject, string, Size, string, string];
  const isFrozen = reading === 'frozen';
  const maxEntries = Number.isNaN(Number(wanted)) ? sampleCounts[size] : Number(wanted);
  const open = await subjects[subject].load();
  const access = { connection, near: { maxEntries } };
  const samples = createSamples(size, maxEntries);
  // Another cache writes the entries, so that the layer of the reader is empty, and this code is compiled.
  const writer: OpenedSubject = await open('redis', access);
  const written = await writer.cacheOf('plugin');
  await inBatches(samples, ({ key, value }) => written.set(key, value));
  const reader: OpenedSubject = await open('redis', access);
  const cache = await reader.cacheOf('plugin');
  const read = isFrozen ? reader.getFrozen?.(cache) : (key: string) => cache.get(key);
  const before = usedBytes();
  await inBatches(samples, async ({ key, value }) => {
    const found = (await read?.(key)) as { readonly id?: number } | undefined;
    if (found?.id !== value['id']) throw new Error(`Wrong answer for ${key}`);
  });
  const heapBytes = usedBytes() - before;
  const figures = reader.nearFigures?.();
  // Using `samples` here also keeps them alive during the measurement.
  if (samples.length !== maxEntries) throw new Error('Samples are missing');
  if (!figures) return { entries: maxEntries, heapBytes };
  if (figures.drops.evicted === 0) throw new Error('There was room for all');
  return { entries: figures.entries, heapBytes, counted: { bytes: figures.bytes, maxBytes: figures.maxBytes } };
});

async function inBatches(samples: readonly Sample[], use: (sample: Sample) => unknown): Promise<void> {
  for (let first = 0; first < samples.length; first += BATCH) {
    await Promise.all(samples.slice(first, first + BATCH).map(use));
  }
}

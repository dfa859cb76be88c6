import type { Store, Subject } from '../guarantees/scenario';
import { countConnections } from '../serverInformation';
import { median } from './median';
import { startServer } from './startServer';
import { startWorker } from './worker';

export interface Readiness {
  readonly store: Store;
  readonly subject: Subject;
  readonly plugins: number;
  /** Time until each plugin has set a value and read it. */
  readonly readyMs: number;
  readonly connections: number;
}

const cases = [
  { subject: 'greenroom', plugins: 50 },
  { subject: 'built-in', plugins: 1 },
  { subject: 'built-in', plugins: 50 },
] as const;

/** Measures the time until plugins are ready, always in a new process. */
export async function measureReadiness(stores: readonly Store[], rounds: number): Promise<readonly Readiness[]> {
  const measured: Readiness[] = [];
  for (const store of stores) {
    const server = await startServer(store);
    const before = await countConnections(server, store);
    const results = cases.map(one => ({ ...one, readyMs: [] as number[], connections: 0 }));
    for (let round = 0; round < rounds; round++) {
      for (const result of results) {
        const args = [result.subject, store, server.url, String(result.plugins)];
        const worker = startWorker<object, number>('./readinessProcess.ts', args);
        result.readyMs.push(await worker.ask({}));
        result.connections = (await countConnections(server, store)) - before;
        await worker.stop();
        while ((await countConnections(server, store)) > before);
      }
    }
    await server.stop();
    measured.push(...results.map(result => ({ ...result, store, readyMs: median(result.readyMs) })));
  }
  return measured;
}

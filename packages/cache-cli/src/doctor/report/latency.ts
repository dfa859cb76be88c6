import { setTimeout as sleep } from 'node:timers/promises';
import type { Findings } from './findings';

const ROUNDS = 8;
/** A longer round trip is reported. Within a zone it takes less than 1 ms, between zones of a region less than 3 ms. */
const FAR_MS = 10;
/** If all rounds were long, more are made until this time: this machine or the server may be busy for a moment. */
const MAX_MS = 1600;
const PAUSE_MS = 40;

/** Measures round trips one after the other. Leaves out those that were long because this process was busy. */
export async function measureRoundTrips(ask: () => Promise<boolean>): Promise<readonly number[]> {
  const times: number[] = [];
  const start = performance.now();
  for (let round = 1; round <= ROUNDS || !times.some(ms => ms < FAR_MS); round++) {
    const before = performance.eventLoopUtilization();
    const sent = performance.now();
    if (!(await ask())) break;
    const busy = performance.eventLoopUtilization(before).active;
    const ms = performance.now() - sent;
    if (ms < FAR_MS || busy < ms / 2) times.push(ms);
    if (performance.now() - start > MAX_MS) break;
    if (round >= ROUNDS) await sleep(PAUSE_MS);
  }
  return times;
}

/** Judges by the shortest round trip: the others may be long because this machine is busy. */
export function addLatency(
  findings: Findings,
  server: string,
  times: readonly number[],
  commandTimeoutMs: number,
): void {
  const shortest = Math.min(...times);
  if (times.length === 0 || shortest < FAR_MS) return;
  findings.add({
    ...{ id: 'latency.high', severity: 'warning', server, title: 'A round trip takes long' },
    detail:
      `The shortest of ${times.length} took ${shortest.toFixed(1)} ms, the longest ${Math.max(...times).toFixed(1)} ms; within a ` +
      `region it is 0.2 to 3 ms. Each read waits for one, and gives up after ${commandTimeoutMs} ms (commandTimeout).`,
    fix: 'Use a server in the same zone, and look for slow commands (SLOWLOG GET). If the distance cannot be changed, raise commandTimeout.',
  });
}

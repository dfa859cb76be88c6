import type { Examination, RespServer } from './examination';

const ROUNDS = 8;
/** Round trips that are long take no more time than this, in ms. */
const MAX_MS = 400;
/** Within a zone it is below 1 ms, and between zones of a region below 3. */
const FAR_MS = 10;

/** Measures round trips, one after the other. */
export async function checkLatency(
  { name: server, session }: RespServer,
  { findings, commandTimeoutMs }: Pick<Examination, 'findings' | 'commandTimeoutMs'>,
): Promise<void> {
  const times: number[] = [];
  const start = performance.now();
  while (times.length < ROUNDS && performance.now() - start < MAX_MS) {
    const sent = performance.now();
    if ('lost' in (await session.ask('PING'))) return;
    times.push(performance.now() - sent);
  }
  addLatency(findings, server, times, commandTimeoutMs);
}

/** Judges round trips by the shortest: the others may be long because this machine is busy. */
export function addLatency(
  findings: Examination['findings'],
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

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findProgram } from '@greenroom/test-servers';
import type { ServerAddress } from '@greenroom/test-servers';
import type { Size } from './sample';
import type { StartedSubject } from './startSubject';

const run = promisify(execFile);

const bytes: Readonly<Record<Size, number>> = { '100 B': 100, '1 KB': 1000, '50 KB': 50_000 };
/** Its approximate throughput, so that its runs take as long as those of the others. */
const requestsPerMs: Readonly<Record<Size, number>> = { '100 B': 1000, '1 KB': 500, '50 KB': 15 };

/** `undefined` when the program is not on this machine. */
export async function startLimit(
  store: 'redis' | 'valkey',
  { host, port }: ServerAddress,
): Promise<StartedSubject | undefined> {
  const name = `${store}-benchmark` as const;
  const program = await findProgram(store, () => {}, name).catch(() => undefined);
  if (!program) return undefined;
  return {
    ...{ subject: name, store, setting: 'alone' },
    async run({ operation, size, callers, durationMs }) {
      const target = ['-h', host, '-p', String(port), '-c', '1', '-P', String(callers)];
      // Only whole batches, because the program counts every answer of the last one. If that exceeds the number of requests, and its timer
      // of 250 ms is due in the turn in which it closes its client, it ends with "All clients disconnected".
      const requests = Math.ceil((durationMs * requestsPerMs[size]) / callers) * callers;
      const work = ['-r', '1000', '-d', String(bytes[size]), '-n', String(requests), '--csv'];
      // Gets need the keys that sets have written.
      const types = operation === 'get' ? 'set,get' : 'set';
      const env = { ...process.env, ...program.env };
      const { stdout } = await run(program.path, [...target, ...work, '-t', types], { env });
      const [, found] = new RegExp(`^"${operation}","([\\d.]+)"`, 'im').exec(stdout) ?? [];
      if (found === undefined) throw new Error(`${name} has printed: ${stdout}`);
      return { operationsPerSecond: Number(found) };
    },
    stop: async () => {},
  };
}

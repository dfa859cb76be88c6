import { setTimeout as sleep } from 'node:timers/promises';
import { openStoreClient } from '../protocol/openStoreClient';
import type { ServerAddress } from '../protocol/serverAddress';
import type { TestServer } from '../servers/testServer';
import { createForeignWriter } from './foreignWriter';
import type { ForeignWriter } from './foreignWriter';
import { judgeTrial } from './judgeTrial';
import type { Emptying, TrialResult } from './judgeTrial';
import { machineMs } from './machineMs';
import { startReaders } from './startReaders';
import type { Readers, ReaderReport, ReaderTrial } from './startReaders';
import type { Fault, FaultTools, ReplyProxy } from './trial';

/** The servers of a trial. The caller stops them. */
export interface TrialStore {
  readonly store: 'redis' | 'valkey' | 'memcache';
  /** The servers that may have the foreign key. */
  readonly servers: readonly TestServer[];
  /** Whether a server is the master; only needed where other servers answer too. */
  readonly isMaster?: (server: ServerAddress) => Promise<boolean>;
  /** The value of `backend.cache`. */
  readonly config: object;
  readonly proxy?: ReplyProxy;
}

/** Processes that read from a store while something happens to it. */
export interface Trial {
  readonly fault: Fault;
  readonly in: TrialStore;
  /** Bound of the near caches; absent when the processes have none. */
  readonly maxStalenessMs?: number;
  /** Largest allowed age of a read. @defaultValue `maxStalenessMs` */
  readonly maxAgeMs?: number;
  /** Whether each process writes a key of its own. It must never read an older version of that key again. @defaultValue true */
  readonly ownWrites?: boolean;
  /** A fault of brokenCopies.mjs. */
  readonly broken?: string;
}

/** How to run trials. */
export interface TrialsOptions {
  /** A program that calls `readAsTold`. */
  readonly processFile: string;
  readonly lengthMs: number;
  /** @defaultValue 3 */
  readonly processCount?: number;
}

interface OpenTrial {
  readonly trial: Trial;
  readonly reader: ReaderTrial;
  readonly writer: ForeignWriter;
  readonly emptied: Emptying[];
}

/** Runs trials at the same time, in the same processes, and checks every read. */
export async function runTrials(
  trials: readonly Trial[],
  { processFile, lengthMs, processCount = 3 }: TrialsOptions,
): Promise<readonly TrialResult[]> {
  const open = await Promise.all(trials.map(openTrial));
  const readers = await startReaders(
    processFile,
    processCount,
    open.map(({ reader }) => reader),
  );
  try {
    readers.start();
    await Promise.all(
      open.map(one => {
        const neighbours = open.filter(other => other.trial.in === one.trial.in);
        return runTrial(one, neighbours, readers, lengthMs);
      }),
    );
    const reports = await readers.stop();
    return open.map(({ trial, writer, emptied }, index) => {
      const { fault, maxStalenessMs = 0, maxAgeMs = maxStalenessMs } = trial;
      const judged = { foreign: writer.history, emptied, maxAgeMs, ownTtlMs: fault.ownTtlMs };
      const result = judgeTrial(
        judged,
        reports.map(ofProcess => ofProcess[index] as ReaderReport),
      );
      return { ...result, foreignWrites: writer.acknowledged };
    });
  } finally {
    await readers.kill();
    await Promise.all(open.map(({ writer }) => writer.stop()));
  }
}

async function openTrial(trial: Trial, index: number): Promise<OpenTrial> {
  const { fault, in: store, maxStalenessMs, ownWrites = true, broken } = trial;
  const pluginId = `trial-${index}`;
  const storedKey = `${pluginId}:foreign`;
  const isMemcached = store.store === 'memcache';
  const writer = await createForeignWriter({
    protocol: isMemcached ? 'memcached' : 'resp',
    storedKey,
    servers: store.servers,
    ...(store.isMaster && { isMaster: store.isMaster }),
    toText(version, expiresAtMs) {
      const json = JSON.stringify({ key: 'foreign', version });
      return isMemcached ? `#1 ${storedKey} ${expiresAtMs ?? '-'} ${json}` : json;
    },
    toVersion: text => Number(/"version":(\d+)/.exec(text)?.[1]),
  });
  const reader: ReaderTrial = {
    pluginId,
    config: store.config,
    ownWrites,
    ...(maxStalenessMs !== undefined && { near: { maxStaleness: maxStalenessMs } }),
    ...(fault.ownTtlMs !== undefined && { ownTtlMs: fault.ownTtlMs }),
    ...(broken !== undefined && { broken }),
  };
  return { trial, reader, writer, emptied: [] };
}

/** @param neighbours - The trials in the same store, including this one. */
async function runTrial(
  { trial, writer }: OpenTrial,
  neighbours: readonly OpenTrial[],
  readers: Readers,
  lengthMs: number,
): Promise<void> {
  const { fault, in: store } = trial;
  const { server } = writer;
  const client = await openStoreClient(store.store === 'memcache' ? 'memcached' : 'resp', server);
  const tools: FaultTools = {
    server,
    client,
    lengthMs,
    get proxy() {
      if (!store.proxy) throw new Error(`No proxy: ${fault.name}`);
      return store.proxy;
    },
    part: share => sleep(share * lengthMs),
    async emptying(action) {
      const sentMs = machineMs();
      await action();
      const settledMs = machineMs();
      for (const neighbour of neighbours) {
        neighbour.emptied.push({ sentMs, settledMs });
        neighbour.writer.history.emptied(sentMs, settledMs);
      }
    },
    // Blocks the last process, so that the others show whether only that one is late.
    block: ms => readers.block(2, ms),
  };
  writer.start(fault.plan);
  await fault.run(tools);
  await writer.stop();
  client.close();
}

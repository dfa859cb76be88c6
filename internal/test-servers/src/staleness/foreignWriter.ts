import { setTimeout as sleep } from 'node:timers/promises';
import { within } from '../helpers/promises';
import { openStoreClient } from '../protocol/openStoreClient';
import type { StoreClient, StoreProtocol } from '../protocol/openStoreClient';
import type { ServerAddress } from '../protocol/serverAddress';
import type { TestServer } from '../servers/testServer';
import { createAnswerHistory } from './answerHistory';
import type { AnswerHistory } from './answerHistory';
import { machineMs } from './machineMs';

/** What a {@link ForeignWriter} writes, and where. */
export interface ForeignWriterOptions {
  readonly protocol: StoreProtocol;
  /** Key in the store. */
  readonly storedKey: string;
  /** The text of an entry, as the cache under test would store it. @param expiresAtMs - Absent: the entry never expires. */
  readonly toText: (version: number, expiresAtMs?: number) => string;
  /** The version in a text. */
  readonly toVersion: (text: string) => number;
  /** The servers that may have the key. A server that is not the master of the key fails a `get`, or `isMaster` is false for it. */
  readonly servers: readonly TestServer[];
  readonly isMaster?: (server: ServerAddress) => Promise<boolean>;
}

/** Another client than the one under test. It writes versions of a key, one after the other, and records when each was acknowledged. */
export interface ForeignWriter {
  readonly history: AnswerHistory;
  /** The server that it is connected to, or was connected to last. */
  readonly server: TestServer;
  /** Number of changes that have been acknowledged. */
  readonly acknowledged: number;
  /** Writes until it is stopped, with `pauseMs` between two writes. Every `deletes`-th change is a delete. */
  start(plan: { readonly pauseMs: number; readonly ttlMs?: number; readonly deletes?: number }): void;
  stop(): Promise<void>;
}

const RETRY_MS = 10;
/** The servers already run; the nodes of a cluster may still have to agree on the owner of the key. */
const START_MS = 10_000;

/** Connects to the server that has the key. Rejects when there is none within `startMs`. */
export async function createForeignWriter(options: ForeignWriterOptions, startMs = START_MS): Promise<ForeignWriter> {
  const { protocol, storedKey, toText, toVersion, servers, isMaster = async () => true } = options;
  const history = createAnswerHistory();
  const stopping = new AbortController();
  let acknowledged = 0;
  let used = servers[0] as TestServer;
  let version = 0;
  let changes = 0;
  let writing = Promise.resolve();
  let opening: StoreClient | undefined;
  let latestFailure = 'none of them has the key';

  async function tryToOpen(): Promise<{ client: StoreClient; text: string | undefined } | undefined> {
    for (const server of servers) {
      let client: StoreClient | undefined;
      try {
        if (!(await isMaster(server))) continue;
        client = opening = await openStoreClient(protocol, server);
        const text = await client.get(storedKey);
        used = server;
        return { client, text };
      } catch (error) {
        // The server is down, or the cluster has moved the key to another one.
        latestFailure = String(error);
        client?.close();
      }
    }
    return undefined;
  }

  /** Retries until a server surely has the key. What it has then was there since it took over. */
  async function open(): Promise<StoreClient | undefined> {
    let sinceMs = machineMs();
    while (!stopping.signal.aborted) {
      const beganMs = machineMs();
      const opened = await tryToOpen();
      if (opened) {
        if (opened.text !== undefined) history.found(toVersion(opened.text), sinceMs, machineMs());
        return opened.client;
      }
      sinceMs = beganMs;
      await sleep(RETRY_MS);
    }
    return undefined;
  }

  async function change(client: StoreClient, ttlMs: number | undefined, isDelete: boolean): Promise<void> {
    const next = isDelete ? undefined : ++version;
    const open = history.begin(next, machineMs());
    try {
      if (next === undefined) await client.delete(storedKey);
      else await client.set(storedKey, toText(next, ttlMs === undefined ? undefined : Date.now() + ttlMs), ttlMs);
      open.acknowledged(machineMs(), ttlMs);
      acknowledged++;
    } catch (error) {
      // Its server has ended: on loopback nothing else closes a connection.
      open.lost(machineMs(), false);
      throw error;
    }
  }

  async function write({ pauseMs, ttlMs, deletes = Infinity }: Parameters<ForeignWriter['start']>[0]): Promise<void> {
    const { signal } = stopping;
    const ended = new Promise<void>(resolve => signal.addEventListener('abort', () => resolve()));
    let client: StoreClient | undefined = first;
    while (client && !signal.aborted) {
      try {
        await change(client, ttlMs, ++changes % deletes === 0);
        await Promise.race([sleep(pauseMs), ended]);
      } catch {
        client.close();
        client = await open();
      }
    }
    client?.close();
  }

  async function openFirst(): Promise<StoreClient | undefined> {
    try {
      return await within(startMs, open());
    } catch (cause) {
      stopping.abort();
      // The connection may wait for an answer.
      opening?.close();
      const places = servers.map(({ host, port }) => `${host}:${port}`).join(', ');
      const message = `The foreign writer of ${storedKey} finds no server within ${startMs} ms among ${places}: ${latestFailure}`;
      throw new Error(message, { cause });
    }
  }

  const first = await openFirst();
  return {
    history,
    get server() {
      return used;
    },
    get acknowledged() {
      return acknowledged;
    },
    start(plan) {
      writing = write(plan);
    },
    async stop() {
      stopping.abort();
      await writing;
    },
  };
}

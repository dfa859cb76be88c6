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
  /** The text of an entry, as the cache under test would have stored it. @param expiresAtMs - absent: never */
  readonly toText: (version: number, expiresAtMs?: number) => string;
  /** The version that a text has. */
  readonly toVersion: (text: string) => number;
  /** The servers that may have the key now. Of those that are no master for it, a `get` fails, or `isMaster` says so. */
  readonly servers: readonly TestServer[];
  readonly isMaster?: (server: ServerAddress) => Promise<boolean>;
}

/** A client that is not the one under test, and writes one version of a key after the other. It knows when each was acknowledged. */
export interface ForeignWriter {
  readonly history: AnswerHistory;
  /** The server that it is connected to, or was last. */
  readonly server: TestServer;
  /** Changes that have been acknowledged. */
  readonly acknowledged: number;
  /** Writes on and on, from one end to the next beginning `pauseMs` apart. Each `deletes`-th time it deletes. */
  start(plan: { readonly pauseMs: number; readonly ttlMs?: number; readonly deletes?: number }): void;
  stop(): Promise<void>;
}

const RETRY_MS = 10;
/** Its servers run before it does; those of a cluster may still agree on who has the key. */
const START_MS = 10_000;

/** Resolves when it is connected. Rejects when no server has the key within `startMs`. */
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
        // It is down, or a cluster has given the key to another one.
        latestFailure = String(error);
        client?.close();
      }
    }
    return undefined;
  }

  /** Until a server has the key, and is sure to have it. What it has was there from the moment when it took over. */
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
      // It may wait for an answer.
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

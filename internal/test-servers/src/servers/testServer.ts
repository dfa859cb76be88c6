import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessStatus, ServerProcess } from '../engines/serverEngine';
import { once } from '../helpers/once';
import type { ServerAddress } from '../protocol/serverAddress';

/**
 * A real server that runs until `stop`, or until the process that started it has ended, in whatever way. It never keeps a process from
 * exiting.
 */
export interface TestServer extends ServerAddress {
  /**
   * The value of `connection`, credentials included: `redis[s]://user:password@host:port` for redis and valkey, `[user:password@]host:port`
   * for memcached.
   */
  readonly url: string;
  /** Ends the server with SIGKILL; its data is lost. Resolves once it is gone. Does nothing when it is down. */
  kill(): Promise<void>;
  /** Starts the server again on the same port. Resolves once it answers. Does not start a second one when it is up. */
  start(): Promise<void>;
  /** Stops the server with SIGSTOP: connections stay open, the system accepts new ones, and nothing answers. Rejects when it is down. */
  freeze(): Promise<void>;
  /** Lets a frozen server continue with SIGCONT. Does nothing when it is down. */
  thaw(): Promise<void>;
  /** Ends the server for good, even if it is frozen, and removes its files. Can be called any number of times. */
  stop(): Promise<void>;
}

/** The parts from which a server handle is created. */
export interface TestServerParts {
  /** The name of the server in errors. */
  readonly name: string;
  readonly process: ServerProcess;
  readonly address: ServerAddress;
  readonly url: string;
  /** Resolves to the process id that the server at the address reports, once it is ready for commands. */
  readonly readProcessId: (address: ServerAddress) => Promise<number>;
  /** Ends the server for good. */
  readonly end: () => Promise<void>;
}

const startTimeoutMs = 10_000;
const pollIntervalMs = 10;

/** Makes the handle of a server that has not been started yet. */
export function createTestServer({ name, process, address, url, readProcessId, end }: TestServerParts): TestServer {
  const label = `${name} at ${address.host}:${address.port}`;
  let stopped = false;

  async function refuseWhenStopped(): Promise<void> {
    if (stopped) throw new Error(`The ${label} was stopped for good`);
  }

  async function waitUntilReady(): Promise<void> {
    const deadlineMs = performance.now() + startTimeoutMs;
    for (;;) {
      const answer: unknown = await readProcessId(address).catch((error: unknown) => error);
      const status = await process.status();
      // Another server may have taken the port first. That one answers, while this one is about to end.
      if (status.running && typeof answer === 'number' && (status.pid ?? answer) === answer) return;
      if (!status.running) throw toStartError(`the ${label} ended at once`, status);
      if (performance.now() > deadlineMs) {
        throw toStartError(`the ${label} gave no answer in ${startTimeoutMs} ms (${String(answer)})`, status);
      }
      await sleep(pollIntervalMs);
    }
  }

  return {
    ...address,
    url,
    async kill() {
      await refuseWhenStopped();
      await process.kill();
    },
    async start() {
      await refuseWhenStopped();
      await process.start();
      await waitUntilReady();
    },
    async freeze() {
      await refuseWhenStopped();
      if (!(await process.status()).running) throw new Error(`The ${label} is down and cannot be frozen`);
      await process.freeze();
    },
    async thaw() {
      await refuseWhenStopped();
      await process.thaw();
    },
    stop: once(() => {
      stopped = true;
      return end();
    }),
  };
}

function toStartError(what: string, { log }: ProcessStatus): Error {
  return new Error(
    `Could not start a test server: ${what}. Its last words:\n${log.map(line => `  ${line}\n`).join('')}`,
  );
}

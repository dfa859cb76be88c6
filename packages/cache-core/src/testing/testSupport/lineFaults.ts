import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectionSource, KeptConnection } from '../../connection';
import { CacheError } from '../../contract/cacheError';
import type { DriverHost } from '../../contract/driver';
import { compute } from './compute';
import type { LineConnection, ProtocolFaults } from './lineConnection';

/** Ways to break a driver for a server, while the connection kit stays correct. A case of the outage suite catches each of them. */
export interface LineFaults extends ProtocolFaults, SourceFaults, OperationFaults {
  /** Refuses operations before the first connection. */
  readonly refusesFirst?: boolean;
  /** Leaves its connection and timers open, and adds functions that end them to this list. */
  readonly neverCloses?: (() => void)[];
}

/** Ways to make, check and end a connection wrongly. */
interface SourceFaults {
  /** Does not reconnect after a connection was lost. */
  readonly neverReconnects?: boolean;
  /** Does not retry when the first attempt to connect fails. */
  readonly triesOnce?: boolean;
  /** Doubles the delay before each attempt, without a limit. */
  readonly waitsLonger?: boolean;
  /** Does not check whether its connection is alive. */
  readonly neverPings?: boolean;
  /** Never gives up an attempt to connect, and makes no second one beside it. */
  readonly waitsForAttempts?: boolean;
  /** Does not end an attempt that is given up. */
  readonly ignoresSignal?: boolean;
  /** Does not close a connection that is replaced. */
  readonly leavesOld?: boolean;
  /** Does not report that a connection is lost. */
  readonly overlooksEnd?: boolean;
}

/** Ways to run operations wrongly. */
interface OperationFaults {
  /** Queues requests while it is not connected, and sends them some time after it has reconnected. */
  readonly replays?: boolean;
  /** Keeps requests that it could not send in memory, and does not report `disconnected`. */
  readonly keepsTexts?: boolean;
  /** Gives up unanswered requests by a timer, without a grace period for a blocked event loop. */
  readonly isImpatient?: boolean;
  /** Blocks the event loop when answers are late. */
  readonly spins?: boolean;
  /** Scans all unanswered requests with each new one. */
  readonly scans?: boolean;
}

type Source = ConnectionSource<LineConnection>;
type Operation = (connection: LineConnection) => Promise<string | undefined>;
type Use = KeptConnection<LineConnection>['use'];

const never = () => new Promise<never>(() => {});

const brokenSources: { readonly [Fault in keyof SourceFaults]-?: (source: Source) => Partial<Source> } = {
  neverReconnects(source) {
    let hasConnected = false;
    return {
      async open(signal, lost) {
        if (hasConnected) return never();
        const connection = await source.open(signal, lost);
        hasConnected = true;
        return connection;
      },
    };
  },
  triesOnce(source) {
    let hasFailed = false;
    return {
      async open(signal, lost) {
        if (hasFailed) return never();
        try {
          return await source.open(signal, lost);
        } catch (error) {
          hasFailed = true;
          throw error;
        }
      },
    };
  },
  waitsLonger(source) {
    let attempts = 0;
    return {
      async open(signal, lost) {
        if (attempts++ > 0) await sleep(Math.min(50 * 2 ** attempts, 60_000), undefined, { signal });
        const connection = await source.open(signal, lost);
        attempts = 0;
        return connection;
      },
    };
  },
  neverPings: () => ({ ping: async () => {} }),
  waitsForAttempts(source) {
    let attempt: Promise<LineConnection> | undefined;
    return {
      open(_signal, lost) {
        attempt ??= source.open(new AbortController().signal, lost).finally(() => (attempt = undefined));
        return attempt;
      },
    };
  },
  ignoresSignal: source => ({ open: (_signal, lost) => source.open(new AbortController().signal, lost) }),
  leavesOld: () => ({ close: () => {} }),
  overlooksEnd: source => ({ open: signal => source.open(signal, () => {}) }),
};

/** Applies the faults to a source. */
export function breakSource(source: Source, faults: LineFaults): Source {
  const broken = { ...source };
  for (const [fault, toBroken] of Object.entries(brokenSources)) {
    if (faults[fault as keyof SourceFaults]) Object.assign(broken, toBroken({ ...broken }));
  }
  return broken;
}

/** Applies the faults to a host and to the way in which operations run, as the two belong together. */
export function breakOperations(faults: OperationFaults, host: DriverHost) {
  const kept: (() => void)[] = [];
  let unanswered = 0;
  let spunAtMs = -Infinity;

  /** Runs only once for all answers that are late at the same time. */
  function spin(): void {
    if (performance.now() - spunAtMs < 200) return;
    compute(1500);
    spunAtMs = performance.now();
  }

  /** Handles an operation that could not be sent. */
  async function keep(send: () => Promise<string | undefined>, error: unknown): Promise<string | undefined> {
    if (faults.keepsTexts) kept.push(() => {});
    if (!faults.replays) throw error;
    return new Promise((resolve, reject) => kept.push(() => void send().then(resolve, reject)));
  }

  return {
    host: {
      connected() {
        setTimeout(() => kept.splice(0).forEach(sendOne => sendOne()), 400).unref();
        host.connected();
      },
      disconnected(error) {
        if (!faults.replays && !faults.keepsTexts) host.disconnected(error);
      },
    } satisfies DriverHost,
    async run(use: Use, operation: Operation): Promise<string | undefined> {
      const send = () => use(operation);
      if (faults.scans && unanswered > 2000) compute(1);
      let isAnswered = false;
      if (faults.spins) setTimeout(() => isAnswered || spin(), 100).unref();
      unanswered++;
      try {
        const answer = send().catch((error: unknown) => keep(send, error));
        return await (faults.isImpatient ? Promise.race([answer, rejectLater()]) : answer);
      } finally {
        isAnswered = true;
        unanswered--;
      }
    },
  };
}

async function rejectLater(): Promise<never> {
  await sleep(600, undefined, { ref: false });
  throw new CacheError('CACHE_UNAVAILABLE', 'The line server is too slow');
}

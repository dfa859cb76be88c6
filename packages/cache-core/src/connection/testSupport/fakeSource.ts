import { CacheError } from '../../contract/cacheError';
import type { ConnectionSource } from '../connectionSource';

export interface FakeConnection {
  readonly id: number;
  readonly lost: (error: unknown) => void;
  /** Answers the ping that has no answer yet. */
  answer: () => void;
  unanswered: number;
  closes: number;
}

interface FakeAttempt {
  readonly signal: AbortSignal;
  readonly lost: (error: unknown) => void;
  isSettled: boolean;
  give(): FakeConnection;
  refuse(error: unknown): void;
}

export interface FakeSource extends ConnectionSource<FakeConnection> {
  /** What happens to attempts; `hangs`: the test decides. */
  opens: 'gives' | 'refuses' | 'hangs';
  /** What happens to pings; `hangs`: the test decides. */
  pings: 'answers' | 'rejects' | 'hangs';
  readonly attempts: FakeAttempt[];
  readonly connections: FakeConnection[];
  /** Attempts that are neither settled nor given up. */
  underWay(): number;
  /** Connections that are not closed. */
  openIds(): number[];
}

/** A server that the test controls completely, on any clock. Members of `broken` replace those of a correct source. */
export function createFakeSource(broken: Partial<ConnectionSource<FakeConnection>> = {}): FakeSource {
  const attempts: FakeAttempt[] = [];
  const connections: FakeConnection[] = [];
  const source: FakeSource = {
    serverName: 'Fake at localhost:1',
    opens: 'gives',
    pings: 'answers',
    attempts,
    connections,
    underWay: () => attempts.filter(({ signal, isSettled }) => !signal.aborted && !isSettled).length,
    openIds: () => connections.filter(({ closes }) => closes === 0).map(({ id }) => id),
    open(signal, lost) {
      return new Promise((resolve, reject) => {
        const attempt: FakeAttempt = {
          signal,
          lost,
          isSettled: false,
          give() {
            attempt.isSettled = true;
            const connection = { id: connections.length, lost, answer: () => {}, unanswered: 0, closes: 0 };
            connections.push(connection);
            resolve(connection);
            return connection;
          },
          refuse(error) {
            attempt.isSettled = true;
            reject(error);
          },
        };
        attempts.push(attempt);
        if (source.opens === 'gives') attempt.give();
        if (source.opens === 'refuses') attempt.refuse(new Error('ECONNREFUSED'));
      });
    },
    ping(connection) {
      if (source.pings === 'rejects') return Promise.reject(new Error('no PONG'));
      if (source.pings === 'answers') return Promise.resolve('PONG');
      connection.unanswered++;
      return new Promise(resolve => {
        connection.answer = () => {
          connection.unanswered--;
          resolve('PONG');
        };
      });
    },
    close(connection) {
      connection.closes++;
    },
    toCacheError: error => new CacheError('CACHE_UNAVAILABLE', `mapped: ${String(error)}`, { cause: error }),
    ...broken,
  };
  return source;
}

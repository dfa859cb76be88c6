import { CacheError } from '@greenroom/cache-core';
import { withFailure } from '../errors/serverFailure';
import type { RespReply } from './clientAdapter';
import { createLivenessProbe } from './livenessProbe';

/** A connection that answers with the reply, or ends without one. */
function connectionWith(reply: string | undefined) {
  const sent: string[] = [];
  return {
    sent,
    answer: reply,
    async send(args: readonly string[]): Promise<RespReply> {
      sent.push(args.join(' '));
      if (this.answer === 'PONG') return this.answer;
      const error = new CacheError('CACHE_UNAVAILABLE', 'failed');
      throw withFailure(error, this.answer === undefined ? { isLost: true } : { reply: this.answer });
    },
  };
}

describe('the first probe of a connection', () => {
  it.each([
    'PONG',
    'NOPERM this user has no permissions',
    'MISCONF Redis is configured to save RDB snapshots, but it is unable to persist to disk',
    'MOVED 1 127.0.0.1:1',
    'CLUSTERDOWN The cluster is down',
    "ERR unknown command 'PING'",
    'ERR unsupported command',
    'ERR PING is not allowed',
  ])('accepts the reply %s, and later probes send PING too', async reply => {
    const connection = connectionWith(reply);
    const sendAgain = await createLivenessProbe().begin(connection);
    expect(connection.sent).toEqual(['PING']);
    await sendAgain();
    expect(new Set(connection.sent)).toEqual(new Set(['PING']));
  });

  it.each(['LOADING Redis is loading', 'MASTERDOWN Link with MASTER is down', 'NOAUTH Authentication required'])(
    'fails on the reply %s, and the next connection is probed with PING',
    async reply => {
      const probe = createLivenessProbe();
      await expect(probe.begin(connectionWith(reply))).rejects.toMatchObject({ code: 'CACHE_UNAVAILABLE' });
      const next = connectionWith('PONG');
      await probe.begin(next);
      expect(next.sent).toEqual(['PING']);
    },
  );

  it('sends GET after a connection was lost at PING, and PING after one was lost at GET', async () => {
    const probe = createLivenessProbe();
    const first = connectionWith(undefined);
    const second = connectionWith(undefined);
    const third = connectionWith(undefined);
    for (const connection of [first, second, third]) {
      await expect(probe.begin(connection)).rejects.toMatchObject({ code: 'CACHE_UNAVAILABLE' });
    }
    expect([first, second, third].map(({ sent }) => sent)).toEqual([['PING'], ['GET greenroom'], ['PING']]);
  });
});

describe('a later probe', () => {
  it('accepts the error reply LOADING, and fails when the connection has ended', async () => {
    const connection = connectionWith('PONG');
    const sendAgain = await createLivenessProbe().begin(connection);
    connection.answer = 'LOADING Redis is loading';
    await sendAgain();
    connection.answer = undefined;
    await expect(sendAgain()).rejects.toMatchObject({ code: 'CACHE_UNAVAILABLE' });
  });

  it('sends one or two commands at random', async () => {
    const connection = connectionWith('PONG');
    const sendAgain = await createLivenessProbe().begin(connection);
    const counts = new Set<number>();
    for (let round = 0; round < 100; round++) {
      const before = connection.sent.length;
      await sendAgain();
      counts.add(connection.sent.length - before);
    }
    expect(counts).toEqual(new Set([1, 2]));
  });
});

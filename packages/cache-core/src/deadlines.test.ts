import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createDeadlines } from './deadlines';

const never = () => new Promise<never>(() => {});

describe('a deadline', () => {
  it('passes on what a promise settles to', async () => {
    const deadlines = createDeadlines(1000);
    await expect(deadlines.race(Promise.resolve(1))).resolves.toBe(1);
    const error = new Error('x');
    await expect(deadlines.race(Promise.reject(error))).rejects.toBe(error);
  });

  it('rejects what takes too long, at most 100 ms late', async () => {
    const startedAtMs = performance.now();
    await expect(createDeadlines(50).race(never())).rejects.toMatchObject({ code: 'CACHE_TIMEOUT' });
    const tookMs = performance.now() - startedAtMs;
    expect(tookMs).toBeGreaterThanOrEqual(49);
    expect(tookMs).toBeLessThan(150);
  });

  it('is there for each of many, of which some settle first', async () => {
    const deadlines = createDeadlines(50);
    const promises = Array.from({ length: 3000 }, (_, index) =>
      deadlines.race(index % 3 === 0 ? Promise.resolve(index) : never()),
    );
    const results = await Promise.allSettled(promises);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1000);
    // The list starts anew after it was empty.
    await expect(deadlines.race(never())).rejects.toMatchObject({ code: 'CACHE_TIMEOUT' });
  });

  it('leaves a late answer without effect', async () => {
    let answer = (_value: number) => {};
    const deadlines = createDeadlines(20);
    const late = deadlines.race(new Promise<number>(resolve => (answer = resolve)));
    await expect(late).rejects.toMatchObject({ code: 'CACHE_TIMEOUT' });
    answer(1);
    await expect(deadlines.race(Promise.resolve(2))).resolves.toBe(2);
    await expect(deadlines.race(never())).rejects.toMatchObject({ code: 'CACHE_TIMEOUT' });
  });

  it('does not count an answer as late that waits in its socket while the event loop is blocked', async () => {
    const server = createServer(socket => socket.write('answer')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      // The answer is on its way while nothing here can read it.
      const answer = createDeadlines(100).race(once(socket, 'data'));
      await new Promise(setImmediate);
      const blockedUntilMs = performance.now() + 250;
      while (performance.now() < blockedUntilMs);
      await expect(answer).resolves.toHaveLength(1);
    } finally {
      socket.destroy();
      server.close();
    }
  });
});

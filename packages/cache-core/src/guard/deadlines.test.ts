import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRace } from './race';
import { block } from '../testing/harness/block';

const never = () => new Promise<never>(() => {});

describe('a deadline', () => {
  it('passes on the result of the promise', async () => {
    const race = createRace(1000);
    await expect(race(Promise.resolve(1))).resolves.toBe(1);
    const error = new Error('x');
    await expect(race(Promise.reject(error))).rejects.toBe(error);
  });

  it('rejects with CACHE_TIMEOUT soon after it is due', async () => {
    const startedAtMs = performance.now();
    const rejected = createRace(50)(never());
    // The limit consists of timers, too: what delays all timers of this process is not the fault of the deadline.
    const late = (async () => {
      for (const delayMs of [50, 50, 20]) await sleep(delayMs);
    })();
    await expect(Promise.race([rejected, late])).rejects.toMatchObject({ code: 'CACHE_TIMEOUT' });
    expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(49);
  });

  it('expires for every pending promise among thousands', async () => {
    const race = createRace(50);
    const promises = Array.from({ length: 3000 }, (_, index) =>
      race(index % 3 === 0 ? Promise.resolve(index) : never()),
    );
    const results = await Promise.allSettled(promises);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1000);
    // The list works again after it was empty.
    await expect(race(never())).rejects.toMatchObject({ code: 'CACHE_TIMEOUT' });
  });

  it('ignores an answer that comes after it has expired', async () => {
    let answer = (_value: number) => {};
    const race = createRace(20);
    const late = race(new Promise<number>(resolve => (answer = resolve)));
    await expect(late).rejects.toMatchObject({ code: 'CACHE_TIMEOUT' });
    answer(1);
    await expect(race(Promise.resolve(2))).resolves.toBe(2);
    await expect(race(never())).rejects.toMatchObject({ code: 'CACHE_TIMEOUT' });
  });

  it('expires in the order in which the promises were added', async () => {
    const race = createRace(30);
    const expired: number[] = [];
    const races = [0, 1, 2, 3].map(index => race(never()).catch(() => expired.push(index)));
    await new Promise(setImmediate);
    races.push(race(never()).catch(() => expired.push(4)));
    await Promise.all(races);
    expect(expired).toEqual([0, 1, 2, 3, 4]);
  });

  it('does not keep the process alive', () => {
    const timersThatDo = () => process.getActiveResourcesInfo().filter(name => name === 'Timeout').length;
    const before = timersThatDo();
    void createRace(50)(Promise.resolve());
    expect(timersThatDo()).toBe(before);
    // The same count includes a timer that keeps the process alive.
    const timer = setTimeout(() => {}, 50);
    expect(timersThatDo()).toBe(before + 1);
    clearTimeout(timer);
  });

  // Node turns a longer delay into 1 ms, so the timer would fire all the time.
  it('never sets a timer longer than Node supports', () => {
    const setTimer = jest.spyOn(globalThis, 'setTimeout');
    void createRace(30 * 24 * 3_600_000)(never());
    const delaysMs = setTimer.mock.calls.map(([, delayMs]) => delayMs);
    for (const { value } of setTimer.mock.results) clearTimeout(value as NodeJS.Timeout);
    setTimer.mockRestore();
    expect(delaysMs).toHaveLength(1);
    expect(delaysMs[0]).toBeLessThanOrEqual(2 ** 31 - 1);
  });

  it('leaves no unhandled rejection when the promise rejects after it has expired', async () => {
    let reject = (_error: Error) => {};
    const late = createRace(20)(new Promise<never>((_resolve, fail) => (reject = fail)));
    await expect(late).rejects.toMatchObject({ code: 'CACHE_TIMEOUT' });
    // Jest fails a test that leaves an unhandled rejection.
    reject(new Error('ECONNRESET'));
    await new Promise(setImmediate);
  });

  it('accepts an answer that waited in the socket while the event loop was blocked', async () => {
    await withSocketTo(
      peer => peer.write('answer'),
      async socket => {
        // The answer arrives while the blocked event loop cannot read it.
        const answer = createRace(100)(once(socket, 'data'));
        await new Promise(setImmediate);
        block(250);
        await expect(answer).resolves.toHaveLength(1);
      },
    );
  });

  it('accepts the answer to a request that a blocked event loop has delayed', async () => {
    await withSocketTo(
      peer => peer.on('data', () => setTimeout(() => peer.write('answer'), 10)),
      async socket => {
        const answer = createRace(100)(once(socket, 'data'));
        setImmediate(() => socket.write('question'));
        block(250);
        await expect(answer).resolves.toHaveLength(1);
      },
    );
  });

  it('accepts an answer 20 ms after a turn of the event loop that took 95 of its 100 ms', async () => {
    await withSocketTo(
      peer => peer.on('data', () => setTimeout(() => peer.write('answer'), 20)),
      async socket => {
        const answer = createRace(100)(once(socket, 'data'));
        socket.cork();
        socket.write('question');
        process.nextTick(() => socket.uncork());
        // Less than the deadline, so that its timer is not late.
        block(95);
        await expect(answer).resolves.toHaveLength(1);
      },
    );
  });

  it('keeps waiting after a blocked event loop while answers come one after another', async () => {
    await withSocketTo(
      peer => peer.on('data', question => setTimeout(() => peer.write(question), 10)),
      async socket => {
        const numbers = Array.from({ length: 7 }, (_, index) => index);
        const race = createRace(100);
        let before: Promise<unknown> = Promise.resolve();
        const answers = numbers.map(number => {
          before = before.then(() => {
            socket.write(`question ${number}`);
            return once(socket, 'data');
          });
          return race(before);
        });
        await new Promise(setImmediate);
        block(250);
        expect((await Promise.all(answers)).map(String)).toEqual(numbers.map(number => `question ${number}`));
      },
    );
  });

  it('expires within 1 s after a blocked event loop although other answers keep coming', async () => {
    const race = createRace(100);
    const startedAtMs = performance.now();
    const answering = setInterval(() => void race(Promise.resolve()), 5);
    const expired = race(never());
    await new Promise(setImmediate);
    block(250);
    await expect(expired).rejects.toMatchObject({ code: 'CACHE_TIMEOUT' });
    clearInterval(answering);
    expect(performance.now() - startedAtMs).toBeLessThan(1000);
  });

  it('expires within 1 s although the event loop is blocked again and again', async () => {
    const startedAtMs = performance.now();
    const blocking = setInterval(() => block(60), 5);
    await expect(createRace(100)(never())).rejects.toMatchObject({ code: 'CACHE_TIMEOUT' });
    clearInterval(blocking);
    expect(performance.now() - startedAtMs).toBeLessThan(1000);
  });
});

/** Calls `use` with a connected socket, whose other end is given to `serve`. */
async function withSocketTo(serve: (peer: Socket) => void, use: (socket: Socket) => Promise<void>): Promise<void> {
  const server = createServer(serve).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    await use(socket);
  } finally {
    socket.destroy();
    server.close();
  }
}

import { readClusterSlots, readRedirection, toServerAddress } from './clusterReplies';
import { createWaitingRoom } from './waitingRoom';
import { withDeadline } from './withDeadline';

describe('the waiting room', () => {
  it('starts what waits in its order before open returns, and later ones at once', async () => {
    const room = createWaitingRoom(() => 'Server', 1000);
    const started: string[] = [];
    const run = (name: string) => room.run(async () => void started.push(name));
    const waiting = [run('a'), run('b')];
    expect(started).toEqual([]);

    room.open();
    expect(started).toEqual(['a', 'b']);
    void run('c');
    expect(started).toEqual(['a', 'b', 'c']);
    await Promise.all(waiting);
  });

  it('counts the time that an operation has waited elsewhere', async () => {
    const room = createWaitingRoom(() => 'Server', 1000);
    const operation = jest.fn(async () => 'sent');
    const late = room.run(operation, performance.now() - 1000);
    const inTime = room.run(operation, performance.now() - 500);

    room.open();

    await expect(late).rejects.toMatchObject({ code: 'CACHE_TIMEOUT' });
    await expect(inTime).resolves.toBe('sent');
    expect(operation).toHaveBeenCalledTimes(1);
  });

  it('rejects everything once it is closed', async () => {
    const room = createWaitingRoom(() => 'Server', 1000);
    const operation = jest.fn(async () => 'sent');
    const waiting = room.run(operation);
    room.close();

    await expect(waiting).rejects.toMatchObject({ code: 'CACHE_CLOSED' });
    await expect(room.run(operation)).rejects.toMatchObject({ code: 'CACHE_CLOSED' });
    expect(operation).not.toHaveBeenCalled();
  });
});

describe('the nodes of a cluster', () => {
  it('are read from CLUSTER SLOTS, those without a name at the host that was asked', () => {
    const reply = [
      [0, 8191, ['10.0.0.1', 6379, 'id'], ['', 6380, 'id']],
      [8192, 16383, [null, 6381, 'id', []], ['?', 6382, 'id']],
    ];
    expect(readClusterSlots(reply, 'asked')).toEqual([
      { first: 0, last: 8191, master: '10.0.0.1:6379', replicas: ['asked:6380'] },
      { first: 8192, last: 16383, master: 'asked:6381', replicas: ['asked:6382'] },
    ]);
  });

  it.each([[[]], [null], ['text']])('are not known to a server that says %j', reply => {
    expect(() => readClusterSlots(reply, 'asked')).toThrow(expect.objectContaining({ code: 'CACHE_UNAVAILABLE' }));
  });

  it.each([
    ['MOVED 3999 10.0.0.1:6381', { kind: 'MOVED', slot: 3999, address: '10.0.0.1:6381' }],
    ['ASK 3999 ::1:6381', { kind: 'ASK', slot: 3999, address: '::1:6381' }],
    ['MOVED 3999 :6381', { kind: 'MOVED', slot: 3999, address: 'asked:6381' }],
    ['ERR MOVED 3999 10.0.0.1:6381', undefined],
    ['CLUSTERDOWN The cluster is down', undefined],
  ])('are named by the reply %s', (message, redirection) => {
    expect(readRedirection(new Error(message), 'asked')).toEqual(redirection);
  });

  it('have IPv6 addresses too', () => {
    expect(toServerAddress('::1:6381')).toEqual({ host: '::1', port: 6381 });
  });
});

describe('a deadline', () => {
  const error = new Error('late');
  const never = new Promise<never>(() => {});

  it('ends a wait with its error, after its time or when the signal says so', async () => {
    await expect(withDeadline(never, { timeoutMs: 1, error })).rejects.toBe(error);
    const aborting = new AbortController();
    const waiting = withDeadline(never, { timeoutMs: 60_000, error, signal: aborting.signal });
    aborting.abort();
    await expect(waiting).rejects.toBe(error);
  });

  it('leaves what is in time alone', async () => {
    await expect(withDeadline(Promise.resolve(1), { timeoutMs: 60_000, error })).resolves.toBe(1);
  });
});

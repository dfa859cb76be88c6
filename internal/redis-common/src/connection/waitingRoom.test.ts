import { createWaitingRoom } from './waitingRoom';

describe('the waiting room', () => {
  it('starts waiting operations in order before open returns, and later ones at once', async () => {
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

  it('counts the time that an operation has waited before', async () => {
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

import { createWaitingRoom } from './waitingRoom';

describe('the waiting room', () => {
  const createRoom = (isOpen?: boolean) => createWaitingRoom(() => 'Server', 1000, isOpen);

  it('starts waiting operations in order before open returns, and later ones immediately', async () => {
    const room = createRoom();
    const started: string[] = [];
    const run = (name: string) => room.run(async () => void started.push(name));
    const waiting = [run('a'), run('b')];
    expect([started, room.isOpen]).toEqual([[], false]);

    room.open();
    expect([started, room.isOpen]).toEqual([['a', 'b'], true]);
    void run('c');
    expect(started).toEqual(['a', 'b', 'c']);
    await Promise.all(waiting);
  });

  it('starts operations that arrive while it opens after the waiting ones, and stops when held', async () => {
    const room = createRoom();
    const started: string[] = [];
    const run = (name: string, then = () => {}) =>
      room.run(async () => {
        started.push(name);
        then();
      });
    const all = [run('a', () => void all.push(run('d'))), run('b', () => room.hold()), run('c')];

    room.open();
    expect([started, room.isOpen]).toEqual([['a', 'b'], false]);
    all.push(run('e'));
    expect(started).toEqual(['a', 'b']);
    room.open();
    expect([started, room.isOpen]).toEqual([['a', 'b', 'c', 'd', 'e'], true]);
    await Promise.all(all);
  });

  it('starts the other operations when one throws', async () => {
    const room = createRoom();
    const broken = room.run(() => {
      throw new Error('thrown');
    });
    const whole = room.run(async () => 'sent');
    room.open();
    await expect(broken).rejects.toThrow('thrown');
    await expect(whole).resolves.toBe('sent');
  });

  it('runs operations when created open, until it is held', async () => {
    const room = createRoom(true);
    await expect(room.run(async () => 'sent')).resolves.toBe('sent');
    room.hold();
    const waiting = room.run(async () => 'sent later');
    expect(room.isOpen).toBe(false);
    room.open();
    await expect(waiting).resolves.toBe('sent later');
  });

  it('counts earlier waiting time, and rejects an overdue operation with CACHE_TIMEOUT', async () => {
    const room = createRoom();
    const operation = jest.fn(async () => 'sent');
    const late = room.run(operation, performance.now() - 1000);
    const inTime = room.run(operation, performance.now() - 500);

    room.open();

    await expect(late).rejects.toMatchObject({ code: 'CACHE_TIMEOUT' });
    await expect(inTime).resolves.toBe('sent');
    expect(operation).toHaveBeenCalledTimes(1);
  });

  it('holds up to 20,000 operations, then rejects with CACHE_OVERLOADED until it opens', async () => {
    const room = createWaitingRoom(() => 'Server', 60_000);
    for (let round = 0; round < 2; round++) {
      const waiting = Array.from({ length: 20_000 }, () => room.run(async () => 'sent'));
      await expect(room.run(async () => 'too many')).rejects.toMatchObject({ code: 'CACHE_OVERLOADED' });
      room.open();
      expect(new Set(await Promise.all(waiting))).toEqual(new Set(['sent']));
      room.hold();
    }
  });

  it('rejects waiting and new operations with CACHE_CLOSED after close, and cannot be reopened', async () => {
    const room = createRoom();
    const operation = jest.fn(async () => 'sent');
    const waiting = room.run(operation);
    const late = room.run(operation, performance.now() - 2000);
    room.close();
    room.hold();
    room.open();

    expect(room.isOpen).toBe(false);
    await expect(waiting).rejects.toMatchObject({ code: 'CACHE_CLOSED' });
    await expect(late).rejects.toMatchObject({ code: 'CACHE_CLOSED' });
    await expect(room.run(operation)).rejects.toMatchObject({ code: 'CACHE_CLOSED' });
    expect(operation).not.toHaveBeenCalled();
  });
});

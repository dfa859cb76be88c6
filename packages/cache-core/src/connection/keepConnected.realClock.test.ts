import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { CacheError } from '../contract/cacheError';
import { block } from '../testing/harness/block';
import { openHandles } from '../testing/harness/openHandles';
import type { ConnectionSource } from './connectionSource';
import { keepConnected } from './keepConnected';
import { createFakeSource } from './testSupport/fakeSource';

/** Starts an echo server in the same event loop, so that each answer takes several turns of it. */
async function startEcho(): Promise<Server> {
  const server = createServer(socket => void socket.on('error', () => {}).pipe(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function createEchoSource(server: Server, roundTrips: number): ConnectionSource<Socket> {
  const { port } = server.address() as AddressInfo;
  const ask = async (socket: Socket) => {
    socket.write('?');
    await once(socket, 'data');
  };
  return {
    serverName: `Echo at 127.0.0.1:${port}`,
    async open(signal, lost) {
      const socket = connect({ port, host: '127.0.0.1', signal });
      socket.on('error', lost).on('close', () => lost(new Error('closed')));
      await once(socket, 'connect');
      for (let count = 0; count < roundTrips; count++) await ask(socket);
      return socket;
    },
    ping: ask,
    close: socket => void socket.destroy(),
    toCacheError: error => new CacheError('CACHE_UNAVAILABLE', String(error)),
  };
}

function noteHost() {
  const told: string[] = [];
  return { told, connected: () => void told.push('connected'), disconnected: () => void told.push('disconnected') };
}

describe('a blocked event loop', () => {
  it('fails no attempt, even when blocked longer than the connect timeout', async () => {
    const server = await startEcho();
    const host = noteHost();
    // A login of many round trips.
    const source = createEchoSource(server, 10);
    const kept = keepConnected(source, { commandTimeoutMs: 10_000, connectTimeoutMs: 400 }, host);
    try {
      const first = kept.use(async socket => socket.remotePort);
      for (let round = 0; round < 3; round++) {
        await new Promise(setImmediate);
        block(700);
      }
      await expect(first).resolves.toBe((server.address() as AddressInfo).port);
      expect(host.told).toEqual(['connected']);
    } finally {
      await kept.close();
      server.close();
    }
  });

  it('starts no parallel attempt, even when blocked longer than an attempt may be silent', async () => {
    const server = await startEcho();
    const source = createEchoSource(server, 10);
    const open = jest.spyOn(source, 'open');
    const kept = keepConnected(source, { commandTimeoutMs: 10_000, connectTimeoutMs: 10_000 }, noteHost());
    try {
      const first = kept.use(async socket => socket.remotePort);
      for (let round = 0; round < 3; round++) {
        await new Promise(setImmediate);
        block(700);
      }
      await first;
      expect(open).toHaveBeenCalledTimes(1);
    } finally {
      await kept.close();
      server.close();
    }
  });

  it('loses no connection, even when blocked longer than two ping intervals', async () => {
    const server = await startEcho();
    const host = noteHost();
    const source = createEchoSource(server, 0);
    let isPinging = () => {};
    const { ping } = source;
    source.ping = socket => {
      isPinging();
      return ping(socket);
    };
    const kept = keepConnected(source, {}, host);
    try {
      for (const blocksBefore of [true, false]) {
        await new Promise<void>(resolve => {
          isPinging = resolve;
        });
        if (!blocksBefore) await sleep(0);
        block(1500);
      }
      await sleep(200);
      expect(host.told).toEqual(['connected']);
    } finally {
      await kept.close();
      server.close();
    }
  });
});

describe('the process', () => {
  it('is kept alive by connection attempts, but not by pings', async () => {
    const timers = () => openHandles().get('Timeout') ?? 0;
    const source = createFakeSource();
    source.opens = 'hangs';
    const before = timers();
    const kept = keepConnected(source, {}, noteHost());
    await new Promise(setImmediate);
    expect(timers()).toBeGreaterThan(before);

    source.attempts[0]?.give();
    await new Promise(setImmediate);
    expect([kept.state, timers()]).toEqual(['connected', before]);

    source.connections[0]?.lost(new Error('gone'));
    expect(timers()).toBeGreaterThan(before);
    await kept.close();
    expect(timers()).toBe(before);
  });
});

import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { createFaultProxy } from './faultProxy';

/** An echo server, a proxy in front of it, and a client. */
async function open() {
  const server = createServer(socket => void socket.pipe(socket).on('error', () => {})).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const proxy = await createFaultProxy({ host: '127.0.0.1', port });
  const client = connect(proxy.address).setNoDelay(true);
  client.on('error', () => {});
  await once(client, 'connect');
  cleanups.push(async () => {
    client.destroy();
    await proxy.close();
    server.close();
  });
  return { proxy, client };
}

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0)) await cleanUp();
});

async function received(client: Socket, length: number): Promise<string> {
  let text = '';
  while (text.length < length) text += String((await once(client, 'data'))[0]);
  return text;
}

describe('a proxy with faults', () => {
  it('keeps replies in order, also when it heals while some are delayed', async () => {
    const { proxy, client } = await open();
    proxy.damage({ delayMs: 200 });
    client.write('first ');
    await new Promise(resolve => setTimeout(resolve, 50));
    await proxy.heal();
    const text = received(client, 12);
    client.write('second');
    expect(await text).toBe('first second');
  });

  it('sends replies byte by byte and loses none', async () => {
    const { proxy, client } = await open();
    proxy.damage('trickle');
    const text = received(client, 12);
    client.write('first ');
    client.write('second');
    expect(await text).toBe('first second');
  });

  it('cuts a connection in the middle of a reply', async () => {
    const { proxy, client } = await open();
    proxy.damage('cut');
    const closed = once(client, 'close');
    const text = received(client, 5);
    client.write('0123456789');
    expect(await text).toBe('01234');
    await closed;
  });

  it('refuses connections, and accepts them again at the same address', async () => {
    const { proxy, client } = await open();
    const closed = once(client, 'close');
    proxy.refuse();
    await closed;
    const refused = connect(proxy.address);
    const [error] = (await once(refused, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNREFUSED');
    await proxy.heal();
    const again = connect(proxy.address);
    await once(again, 'connect');
    again.destroy();
  });

  it('drops the bytes of old connections, and not those of new ones', async () => {
    const { proxy, client } = await open();
    proxy.blackHole('old');
    client.write('lost');
    const heard = jest.fn();
    client.on('data', heard);
    const other = connect(proxy.address);
    const text = received(other, 4);
    other.write('kept');
    expect(await text).toBe('kept');
    expect(heard).not.toHaveBeenCalled();
    expect(client.destroyed).toBe(false);
    other.destroy();
  });
});

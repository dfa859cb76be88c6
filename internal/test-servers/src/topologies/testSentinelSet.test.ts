import { sendCommands } from '../protocol/sendCommands';
import { startRedisSentinel, startValkeySentinel } from './testSentinelSet';

const kinds = [
  { kind: 'redis', start: startRedisSentinel },
  { kind: 'valkey', start: startValkeySentinel },
];

it.concurrent.each(kinds)(
  'a $kind sentinel set has a master that replicates its data to the replica',
  async ({ start }) => {
    const set = await start();
    const [master, replica] = set.servers;
    if (!master || !replica) throw new Error('A set has to have a master and a replica');
    expect(await set.findMaster()).toBe(master);
    expect(
      await sendCommands(master, [
        ['SET', 'key', 'value'],
        ['WAIT', '1', '2000'],
      ]),
    ).toEqual(['OK', 1]);
    expect(await sendCommands(replica, [['GET', 'key']])).toEqual(['value']);
    expect(set.sentinels).toHaveLength(3);
    await set.stop();
  },
);

it.concurrent.each(kinds)(
  'a $kind sentinel set with TLS and a login promotes a replica when the master is killed',
  async ({ start }) => {
    const set = await start({
      replicas: 2,
      tls: true,
      credentials: { username: 'some-user', password: 'p@ss:w/rd "x' },
    });
    const oldMaster = await set.findMaster();
    await oldMaster.kill();
    const newMaster = await set.waitForFailover(oldMaster);
    expect(set.servers.slice(1)).toContain(newMaster);
    expect(await sendCommands(newMaster, [['SET', 'key', 'value']])).toEqual(['OK']);
    await set.stop();
    await set.stop();
    await expect(sendCommands(newMaster, [['PING']])).rejects.toThrow('ECONNREFUSED');
  },
);

import { waitUntil } from '../helpers/promises';
import { sendCommands } from '../protocol/sendCommands';
import { startRedisCluster, startValkeyCluster } from './testCluster';

const kinds = [
  { kind: 'redis', start: startRedisCluster },
  { kind: 'valkey', start: startValkeyCluster },
];

it.concurrent.each(kinds)('a $kind cluster covers all slots, and each node lists all nodes', async ({ start }) => {
  const cluster = await start();
  expect(cluster.nodes).toHaveLength(3);
  for (const node of cluster.nodes) {
    const [information, slots] = await sendCommands(node, [
      ['CLUSTER', 'INFO'],
      ['CLUSTER', 'SLOTS'],
    ]);
    expect(String(information)).toContain('cluster_slots_ok:16384');
    for (const { host, port } of cluster.nodes) expect(String(slots)).toContain(`${host},${port},`);
  }
  const results = await Promise.allSettled(cluster.nodes.map(node => sendCommands(node, [['SET', 'key', 'value']])));
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
  await cluster.stop();
});

it.concurrent.each(kinds)(
  'a $kind cluster with TLS and a login promotes a replica when a master is killed',
  async ({ start }) => {
    const cluster = await start({
      replicasPerMaster: 1,
      tls: true,
      credentials: { username: 'some-user', password: 'p@ss:w/rd "x' },
    });
    expect(cluster.nodes).toHaveLength(6);
    const [master, ...otherMasters] = cluster.masters;
    const [replica] = cluster.replicas;
    if (!master || !replica) throw new Error('A cluster has to have a master and a replica');
    await master.kill();
    await waitUntil('its replica is the master', 15_000, async () => {
      const [role] = await sendCommands(replica, [['ROLE']]);
      if (!String(role).startsWith('master,')) throw new Error(String(role));
    });
    await cluster.waitUntilFine([replica, ...otherMasters]);
    await master.start();
    await cluster.waitUntilFine();
    await waitUntil('the killed one is a replica', 15_000, async () => {
      const [role] = await sendCommands(master, [['ROLE']]);
      if (!String(role).startsWith(`slave,127.0.0.1,${replica.port}`)) throw new Error(String(role));
    });
    await cluster.stop();
    await cluster.stop();
    await expect(sendCommands(replica, [['PING']])).rejects.toThrow('ECONNREFUSED');
  },
);

import { sendCommands, until } from '@greenroom/test-servers';
import type { TestCluster, TestServer } from '@greenroom/test-servers';

/** Moves a slot as `redis-cli` does. */
export async function moveSlot(cluster: TestCluster, slot: number, from: TestServer, to: TestServer): Promise<void> {
  const [fromId, toId] = await Promise.all([from, to].map(readNodeId));
  await sendCommands(to, [['CLUSTER', 'SETSLOT', String(slot), 'IMPORTING', String(fromId)]]);
  await sendCommands(from, [['CLUSTER', 'SETSLOT', String(slot), 'MIGRATING', String(toId)]]);
  for (;;) {
    const [held] = await sendCommands(from, [['CLUSTER', 'GETKEYSINSLOT', String(slot), '5']]);
    const moving = held as readonly string[];
    if (moving.length === 0) break;
    await sendCommands(from, [['MIGRATE', to.host, String(to.port), '', '0', '1000', 'REPLACE', 'KEYS', ...moving]]);
  }
  for (const master of [to, from, ...cluster.masters]) {
    await sendCommands(master, [['CLUSTER', 'SETSLOT', String(slot), 'NODE', String(toId)]]);
  }
  // A node that has not heard of this move would claim the slot of the next move for itself.
  await until('all masters know whose the slots are, and since when', () => agree(cluster.masters), 10_000);
}

/** Whether all masters see the same masters, with the same slots and epochs. */
async function agree(masters: readonly TestServer[]): Promise<boolean> {
  const views = await Promise.all(
    masters.map(async master => {
      const [nodes] = await sendCommands(master, [['CLUSTER', 'NODES']]);
      const lines = String(nodes).trim().split('\n');
      return lines
        .map(line => line.split(' '))
        .filter(([, , flags = '']) => flags.includes('master'))
        .map(([id, , , , , , epoch, , ...slots]) =>
          [id, epoch, ...slots.filter(each => !each.startsWith('['))].join(' '),
        )
        .sort()
        .join('\n');
    }),
  );
  return new Set(views).size === 1;
}

export async function readNodeId(node: TestServer): Promise<string> {
  return String((await sendCommands(node, [['CLUSTER', 'MYID']]))[0]);
}

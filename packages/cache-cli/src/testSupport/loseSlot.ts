import { sendCommands, until } from '@greenroom/test-servers';
import type { TestServer } from '@greenroom/test-servers';

/** Takes a slot from all nodes of a cluster. A late heartbeat of its owner can give it back to one, so it is taken until none has it. */
export async function loseSlot(nodes: readonly TestServer[], slot: number): Promise<void> {
  const hasLost = async (node: TestServer) => {
    if (String(await sendCommands(node, [['CLUSTER', 'INFO']])).includes('cluster_slots_assigned:16383')) return true;
    // A node that has just learned it from another one refuses the command.
    await sendCommands(node, [['CLUSTER', 'DELSLOTS', String(slot)]]).catch((error: Error) => {
      if (!error.message.includes('already unassigned')) throw error;
    });
    return false;
  };
  await until('no node has the slot', async () => (await Promise.all(nodes.map(hasLost))).every(Boolean), 10_000);
}

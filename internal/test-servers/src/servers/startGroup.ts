import { selectEngine } from '../engines/selectEngine';
import type { ServerGroup } from '../engines/serverEngine';
import type { ServerKind } from '../engines/serverKind';
import { once } from '../helpers/once';
import { withFreePorts } from './withFreePorts';

/**
 * Opens a group of servers with a number of free ports, and calls `fill` to start them. When `fill` fails, all servers are stopped; when it
 * fails because another process has taken a port, it is called again with other ports.
 */
export async function startGroup<Result>(
  kind: ServerKind,
  portCount: number,
  fill: (group: ServerGroup, ports: readonly number[]) => Promise<Result>,
): Promise<Result> {
  const engine = await selectEngine();
  return withFreePorts(portCount, async (ports, release) => {
    const opened = await engine.openGroup(kind, ports);
    const group = { ...opened, close: once(() => opened.close().finally(release)) };
    try {
      return await fill(group, ports);
    } catch (error) {
      await group.close();
      throw error;
    }
  });
}

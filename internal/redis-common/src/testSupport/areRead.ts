import { sendCommands } from '@greenroom/test-servers';
import type { TestServer } from '@greenroom/test-servers';

/** Whether one of these replicas has been asked for an entry. */
export async function areRead(replicas: readonly TestServer[]): Promise<boolean> {
  const answers = await Promise.all(replicas.map(replica => sendCommands(replica, [['INFO', 'commandstats']])));
  return answers.some(([statistics]) => String(statistics).includes('cmdstat_get:'));
}

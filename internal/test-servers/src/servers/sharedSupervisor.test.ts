import { runCommand } from '../helpers/runCommand';
import { waitUntil } from '../helpers/promises';
import { sendCommands } from '../protocol/sendCommands';
import { startRedis } from './respServer';
import type { TestServer } from './testServer';

async function readProcessId(server: TestServer): Promise<string> {
  const [information] = await sendCommands(server, [['INFO', 'server']]);
  return /process_id:(\d+)/.exec(String(information))?.[1] ?? '';
}

const parentOf = async (processId: string) => (await runCommand('ps', ['-o', 'ppid=', '-p', processId])).trim();

it('servers share a supervisor but stop separately, and it ends a while after the last one', async () => {
  process.env.GREENROOM_TEST_SERVERS = 'native';
  const [first, second] = await Promise.all([startRedis(), startRedis()]);
  const [firstId, secondId] = await Promise.all([first, second].map(readProcessId));
  const supervisorId = await parentOf(firstId ?? '');
  expect(await parentOf(secondId ?? '')).toBe(supervisorId);

  await first.stop();
  await expect(sendCommands(first, [['PING']])).rejects.toThrow('ECONNREFUSED');
  expect(await sendCommands(second, [['PING']])).toEqual(['PONG']);

  await second.stop();
  const third = await startRedis();
  expect(await parentOf(await readProcessId(third))).toBe(supervisorId);
  await third.stop();

  await waitUntil('the supervisor has ended', 20_000, async () => {
    // `ps` fails with status 1 when there is no such process.
    const isThere = await runCommand('ps', ['-o', 'stat=', '-p', supervisorId]).catch(() => '');
    if (isThere !== '') throw new Error(isThere);
  });
  const fourth = await startRedis();
  expect(await parentOf(await readProcessId(fourth))).not.toBe(supervisorId);
  await fourth.stop();
});

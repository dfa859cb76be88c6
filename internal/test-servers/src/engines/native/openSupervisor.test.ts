import { transformFile } from '@swc/core';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { waitUntil } from '../../helpers/promises';

interface Running {
  readonly port: number;
  readonly processId: number;
  readonly folder: string;
}

const sources = join(__dirname, '../..');

// Does what a test process does, but without jest.
const ownerScript = `
const { startRedis } = require('./servers/respServer');
const { sendCommands } = require('./protocol/sendCommands');
startRedis().then(async (server) => {
  const [information, [, folder]] = await sendCommands(server, [['INFO', 'server'], ['CONFIG', 'GET', 'dir']]);
  const processId = Number(/process_id:(\\d+)/.exec(information)[1]);
  if (process.argv[2] === 'frozen') await server.freeze();
  console.log(JSON.stringify({ port: server.port, processId, folder }));
  if (process.argv[2] !== 'idle') setInterval(() => undefined, 1000);
});
`;

describe('the servers of a process', () => {
  let owners = '';

  beforeAll(async () => {
    owners = await mkdtemp(join(tmpdir(), 'greenroom-'));
    await compileTo(owners);
  });

  afterAll(() => rm(owners, { recursive: true }));

  it.each(['running', 'frozen'])('end when the process is killed with SIGKILL while they are %s', async state => {
    const { owner, server } = await startOwner(owners, state);
    expect(isAlive(server.processId)).toBe(true);
    owner.kill('SIGKILL');
    await waitUntil('the server has ended', 5_000, () => refuseWhileThere(server));
  });

  it('do not keep the process alive, and end with it', async () => {
    const { exited, server } = await startOwner(owners, 'idle');
    expect(await exited).toEqual([0, null]);
    await waitUntil('the server has ended', 5_000, () => refuseWhileThere(server));
  });
});

async function startOwner(folder: string, state: string) {
  const owner = spawn(process.execPath, [join(folder, 'owner.cjs'), state], {
    env: { ...process.env, GREENROOM_TEST_SERVERS: 'native' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(owner, 'exit');
  const [line] = (await once(owner.stdout, 'data')) as [Buffer];
  return { owner, exited, server: JSON.parse(String(line)) as Running };
}

async function compileTo(folder: string): Promise<void> {
  const names = await readdir(sources, { recursive: true });
  await Promise.all(
    names.map(async name => {
      if (!name.endsWith('.ts') || name.endsWith('.test.ts')) return;
      const { code } = await transformFile(join(sources, name), {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'commonjs' },
      });
      const file = join(folder, name.replace(/\.ts$/, '.js'));
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, code);
    }),
  );
  await copyFile(join(__dirname, 'supervisor.mjs'), join(folder, relative(sources, __dirname), 'supervisor.mjs'));
  await writeFile(join(folder, 'owner.cjs'), ownerScript);
}

async function refuseWhileThere({ processId, folder }: Running): Promise<void> {
  if (isAlive(processId)) throw new Error(`process ${processId} is alive`);
  if (await stat(folder).catch(() => undefined)) throw new Error(`${folder} is there`);
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

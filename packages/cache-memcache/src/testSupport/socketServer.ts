import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram, until } from '@greenroom/test-servers';
import { cleanUp } from '@greenroom/test-servers/cleanUp';

/** A real memcached that listens only on a unix socket, for one test. */
export interface SocketServer {
  readonly path: string;
  /** Sends text, and returns the first chunk of the answer. */
  talk(text: string): Promise<string>;
  kill(): Promise<void>;
  /** Resolves once it answers. */
  start(): Promise<void>;
}

export async function startSocketServer(login?: string): Promise<SocketServer> {
  const program = await findProgram('memcached', () => undefined);
  const folder = await mkdtemp(join(tmpdir(), 'memcached-'));
  const path = join(folder, 'a socket,@1');
  const loginFile = join(folder, 'login');
  await writeFile(loginFile, `${login}\n`);
  const user = process.getuid?.() === 0 ? ['-u', 'root'] : [];
  const args = ['-s', path, ...user, ...(login === undefined ? [] : ['-Y', loginFile])];
  let child: ChildProcess | undefined;

  const talk = async (text: string) => {
    const socket = connect(path);
    try {
      socket.write(text);
      const [answer] = (await once(socket, 'data')) as [Buffer];
      return answer.toString();
    } finally {
      socket.destroy();
    }
  };
  const kill = async () => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };
  const start = async () => {
    child = spawn(program.path, args, { env: { ...process.env, ...program.env }, stdio: 'ignore' });
    const answers = () =>
      talk('version\r\n').then(
        () => true,
        () => false,
      );
    await until('the server answers', answers, 5000);
  };
  cleanUp(async () => {
    await kill();
    await rm(folder, { recursive: true });
  });
  await start();
  return { path, talk, kill, start };
}

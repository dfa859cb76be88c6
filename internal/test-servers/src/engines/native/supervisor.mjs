// @ts-check
// Runs servers for the process that forked this one. When that process goes away, however it ends, the channel between
// the two closes: the servers are killed and their files removed.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const keptLogLines = 40;
const outputGraceMs = 200;
const stopTimeoutMs = 2000;
const folder = mkdtempSync(join(tmpdir(), 'greenroom-'));

/**
 * @typedef {{ command: string, args: string[], env: Record<string, string>, files: Record<string, string> }} Definition
 * @typedef {Definition & { folder: string, log: string[], child?: import('node:child_process').ChildProcess, exited?: Promise<void> }} Server
 */

/** @type {Server[]} */
const servers = [];

const actions = {
  /** @param {{ definition: Definition }} message */
  add({ definition }) {
    const serverFolder = join(folder, String(servers.length));
    mkdirSync(serverFolder);
    for (const [name, content] of Object.entries(definition.files)) {
      writeFileSync(join(serverFolder, name), content, { mode: 0o600 });
    }
    return servers.push({ ...definition, folder: serverFolder, log: [] }) - 1;
  },

  /** @param {{ index: number }} message */
  async start({ index }) {
    const server = serverAt(index);
    if (server.child) return;
    const child = spawn(server.command, server.args, {
      cwd: server.folder,
      env: { ...process.env, ...server.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    server.exited = new Promise(resolve => {
      child.once('exit', (code, signal) => {
        const finish = () => {
          keepLog(server, `(ended with ${signal ?? `exit code ${code}`})`);
          delete server.child;
          resolve();
        };
        // Its last words are complete when its output is closed, which a process that it has forked may delay.
        const timer = setTimeout(finish, outputGraceMs);
        child.once('close', () => {
          clearTimeout(timer);
          finish();
        });
      });
    });
    child.stdout.on('data', data => keepLog(server, String(data)));
    child.stderr.on('data', data => keepLog(server, String(data)));
    server.child = child;
    await new Promise((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
  },

  /** @param {{ index: number, signal: NodeJS.Signals }} message */
  async signal({ index, signal }) {
    const server = serverAt(index);
    server.child?.kill(signal);
    if (signal === 'SIGKILL') await server.exited;
    if (signal === 'SIGSTOP' && server.child?.pid !== undefined) await untilStopped(server.child.pid);
  },

  /** @param {{ index: number }} message */
  status({ index }) {
    const { child, log } = serverAt(index);
    return { running: child !== undefined, pid: child?.pid, log };
  },

  async close() {
    await Promise.all(servers.map((_server, index) => actions.signal({ index, signal: 'SIGKILL' })));
    rmSync(folder, { recursive: true, force: true });
  },
};

/**
 * A server can answer for a moment after the signal: its threads stop one by one. Only Linux shows their states.
 *
 * @param {number} pid
 */
async function untilStopped(pid) {
  const tasks = `/proc/${pid}/task`;
  if (!existsSync(tasks)) return;
  const isStopped = () =>
    readdirSync(tasks).every(task => /^State:\s+T/m.test(readFileSync(`${tasks}/${task}/status`, 'utf8')));
  const deadlineMs = performance.now() + stopTimeoutMs;
  while (!isStopped()) {
    if (performance.now() > deadlineMs) throw new Error(`Process ${pid} does not stop`);
    await sleep(1);
  }
}

/** @param {number} index */
function serverAt(index) {
  const server = servers[index];
  if (!server) throw new Error(`There is no server ${index}`);
  return server;
}

/**
 * @param {Server} server
 * @param {string} text
 */
function keepLog(server, text) {
  server.log = [...server.log, ...text.split('\n').filter(line => line.trim() !== '')].slice(-keptLogLines);
}

async function end() {
  await actions.close();
  process.exit();
}

process.on('message', async (/** @type {any} */ message) => {
  const reply = await Promise.resolve(message)
    .then((/** @type {{ action: keyof typeof actions }} */ { action }) => actions[action](message))
    .then(
      value => ({ id: message.id, value }),
      error => ({ id: message.id, error: String(error) }),
    );
  // The other side may be gone by now, which 'disconnect' tells.
  if (process.connected) process.send?.(reply, undefined, undefined, () => undefined);
});
process.once('disconnect', end);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, end);
// The owner may have gone while this file was being loaded.
if (!process.connected) await end();

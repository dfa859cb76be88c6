// @ts-check
// Runs groups of servers for the process that forked this one. When that process ends, in whatever way, the channel between the two closes;
// then the servers are killed and their files removed.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const keptLogLines = 40;
const outputGraceMs = 200;
const stopTimeoutMs = 2000;
// Starting this process takes longer than starting a server, and the next test may soon want one, so it ends only after this time.
const idleMs = 2000;
const folder = mkdtempSync(join(tmpdir(), 'greenroom-'));

/**
 * @typedef {{ command: string, args: string[], env: Record<string, string>, files: Record<string, string> }} Definition
 * @typedef {Definition & { group: number, folder: string, log: string[], child?: import('node:child_process').ChildProcess, exited?: Promise<void> }} Server
 */

/** @type {Map<number, Server>} */
const servers = new Map();
/** @type {NodeJS.Timeout | undefined} */
let idle;
let added = 0;

const actions = {
  /** @param {{ group: number, definition: Definition }} message */
  add({ group, definition }) {
    const index = added++;
    const serverFolder = mkdtempSync(join(folder, `${index}-`));
    for (const [name, content] of Object.entries(definition.files)) {
      writeFileSync(join(serverFolder, name), content, { mode: 0o600 });
    }
    servers.set(index, { ...definition, group, folder: serverFolder, log: [] });
    return index;
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
        // The output is complete when its streams close. A process that the server has forked may delay that, so the wait is limited.
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

  /** @param {{ group: number }} message */
  async close({ group }) {
    const closing = [...servers].filter(([, server]) => server.group === group);
    await Promise.all(closing.map(([index]) => remove(index)));
  },
};

/**
 * Waits until all threads of a server have stopped: after the signal they stop one by one, so it can still answer for a moment. Only Linux
 * shows the states of threads.
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
  const server = servers.get(index);
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

/** @param {number} index */
async function remove(index) {
  await actions.signal({ index, signal: 'SIGKILL' });
  rmSync(serverAt(index).folder, { recursive: true, force: true });
  servers.delete(index);
}

async function end() {
  await Promise.all([...servers.keys()].map(remove));
  rmSync(folder, { recursive: true, force: true });
  process.exit();
}

/** Tells the owner when there has been no server for a while. The owner then ends this process, unless it has just asked for more. */
function watchIdle() {
  clearTimeout(idle);
  if (servers.size === 0)
    idle = setTimeout(() => process.send?.({ isIdle: true }, undefined, undefined, () => undefined), idleMs);
}

process.on('message', async (/** @type {any} */ message) => {
  const reply = await Promise.resolve(message)
    .then((/** @type {{ action: keyof typeof actions }} */ { action }) => actions[action](message))
    .then(
      value => ({ id: message.id, value }),
      error => ({ id: message.id, error: String(error) }),
    );
  watchIdle();
  // The owner may be gone by now; 'disconnect' handles that.
  if (process.connected) process.send?.(reply, undefined, undefined, () => undefined);
});
process.once('disconnect', end);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, end);
// The owner may have ended while this file was loaded.
if (!process.connected) await end();

import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const script = pathToFileURL(join(__dirname, 'makeExampleDriver.mjs')).href;
const example = join(__dirname, '../examples/tcp-driver');

/** Files that were written for this server by hand: the client, the server of the tests, their test, and the README. */
const written = ['README.md', 'src/startTcpServer.ts', 'src/tcpClient.ts', 'src/tcpClient.test.ts'];
const isSource = (path: string) => !/^(node_modules|dist|\.turbo)(\/|$)/.test(path);

async function readFiles(folder: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name));
  const files = paths.map(async path => [path.slice(folder.length + 1), await readFile(path, 'utf8')] as const);
  return new Map(await Promise.all(files));
}

it('makeExampleDriver generates examples/tcp-driver except for its hand-written files', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'greenroom-example-'));
  try {
    // It runs in its own process, because it uses Prettier, which does not run in Jest.
    const code = `import { makeExampleDriver } from '${script}'; await makeExampleDriver('tcp', process.argv[1]);`;
    await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', code, folder]);
    const made = await readFiles(folder);
    const ours = await readFiles(example);
    const paths = [...ours.keys()].filter(path => isSource(path) && path !== 'src/tcpClient.test.ts');
    expect([...made.keys()].sort()).toEqual(paths.sort());
    for (const [path, text] of made) {
      if (!written.includes(path)) expect({ path, text: ours.get(path) }).toEqual({ path, text });
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

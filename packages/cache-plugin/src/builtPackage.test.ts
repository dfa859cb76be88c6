import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import openApiDocument from '../openapi.json';

const folder = join(__dirname, '..');

/** Starts a backend with the built packages, and prints what the routes answer. */
const toScript = (load: (name: string) => string) => `
  (async () => {
    const { startTestBackend } = await ${load('@backstage/backend-test-utils')};
    const features = [${load('@greenroom/cache-backstage')}, ${load('@greenroom/cache-plugin')}];
    const backend = await startTestBackend({ features: await Promise.all(features) });
    const get = async path => (await fetch('http://localhost:' + backend.server.port() + '/api/cache' + path)).json();
    console.log(JSON.stringify([await get('/v1/status'), await get('/openapi.json')]));
    await backend.stop();
  })();`;

it.each([
  ['an ES module', 'module', (name: string) => `import('${name}')`],
  ['CommonJS', 'commonjs', (name: string) => `Promise.resolve(require('${name}'))`],
])('the built package works when loaded as %s', async (_form, type, load) => {
  const args = [`--input-type=${type}`, '--eval', toScript(load)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder });
  const answers: unknown = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  expect(answers).toEqual([expect.objectContaining({ status: 'ok', store: 'memory' }), openApiDocument]);
});

it('the built package imports no alpha API of Backstage', async () => {
  for (const file of ['index.js', 'index.cjs']) {
    expect(await readFile(join(folder, 'dist', file), 'utf8')).not.toMatch(/["'][^"'\s]*\/alpha["']/);
  }
});

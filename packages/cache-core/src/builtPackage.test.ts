import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const script = `
  import { createRequire } from 'node:module';
  import * as one from '@greenroom/cache-core';
  import { createTestCache } from '@greenroom/cache-core/testing';
  const other = createRequire(process.cwd() + '/index.js')('@greenroom/cache-core');
  const cache = createTestCache();
  let end;
  const loading = one.extendCache(cache).getOrSet('key', () => new Promise(resolve => (end = resolve)));
  await new Promise(setImmediate);
  await other.extendCache(cache).set('key', 'changed');
  end('loaded');
  console.log(JSON.stringify([one.extendCache === other.extendCache, await loading, [...cache.entries()]]));
`;

it('a set through the built CommonJS copy detaches a load of the built ES module copy, over a test cache', async () => {
  const args = ['--input-type=module', '--eval', script];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: __dirname });
  expect(JSON.parse(stdout)).toEqual([false, 'loaded', [['key', 'changed']]]);
});

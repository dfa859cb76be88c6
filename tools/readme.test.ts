import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInThisContext } from 'node:vm';
import { transformSync } from '@swc/core';
import { extendCache } from '@greenroom/cache-core';
import type { CacheDriverDefinition } from '@greenroom/cache-core';
import { conformanceCasesFor, createTestCache } from '@greenroom/cache-core/testing';

const readme = readFileSync(join(__dirname, '../README.md'), 'utf8');
const blocks = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, code = '']) => code);

function evaluate(code: string): unknown {
  const { code: commonJs } = transformSync(code, {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'commonjs' },
  });
  const exports = {};
  const run = runInThisContext(`(function (require, exports) {${commonJs}\n})`) as (...scope: unknown[]) => void;
  run(require, exports);
  return exports;
}

describe('the driver in the README', () => {
  const code = blocks.find(block => block.includes('export const acmeDriver')) ?? '';
  const { acmeDriver } = evaluate(code) as {
    acmeDriver: CacheDriverDefinition<{ readonly url: string }>;
  };
  const lacks = {
    add: 'not needed',
    clear: 'not needed',
    entries: 'not needed',
    getMany: 'not needed',
    sharedStore: 'the entries are in the driver',
  };
  const target = { driver: acmeDriver, options: { url: 'acme://localhost' }, lacks };

  it.each(conformanceCasesFor(target).cases)('$group: $name', ({ run }) => run(target));
});

it('the README of the core lists the options of getOrSet', async () => {
  const core = readFileSync(join(__dirname, '../packages/cache-core/README.md'), 'utf8');
  const [, table = ''] = /\n\| option .*\n\|[ -|]*\n([^]*?)\n\n/.exec(core) ?? [];
  const listed = [...table.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
  // The error for an unknown option names those that there are.
  const asked = extendCache(createTestCache()).getOrSet('key', () => 1, { wrong: 1 } as object);
  const { message } = (await asked.catch((error: Error) => error)) as Error;
  const [, known = ''] = /one of the options (.*)$/.exec(message) ?? [];
  expect(listed.sort()).toEqual(known.split(', ').sort());
});

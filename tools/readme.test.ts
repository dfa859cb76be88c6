import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInThisContext } from 'node:vm';
import { transformSync } from '@swc/core';
import { extendCache } from '@greenroom/cache-core';
import type { CacheDriverDefinition } from '@greenroom/cache-core';
import { conformanceCasesFor, createTestCache } from '@greenroom/cache-core/testing';
import { fillComparison, toComparison } from './comparison.mjs';

const guide = readFileSync(join(__dirname, '../docs/writing-a-driver.md'), 'utf8');
const blocks = [...guide.matchAll(/```ts\n(.*?)```/gs)].map(([, code = '']) => code);

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

describe('the driver in docs/writing-a-driver.md', () => {
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
  // The error for an unknown option lists the known ones.
  const asked = extendCache(createTestCache()).getOrSet('key', () => 1, { wrong: 1 } as object);
  const { message } = (await asked.catch((error: Error) => error)) as Error;
  const [, known = ''] = /one of the options (.*)$/.exec(message) ?? [];
  expect(listed.sort()).toEqual(known.split(', ').sort());
});

describe('the comparison in the README', () => {
  const read = (path: string) => readFileSync(join(__dirname, '..', path), 'utf8');
  const pages = { 'guarantees.md': read('docs/guarantees.md'), 'benchmarks.md': read('docs/benchmarks.md') };

  it('has ten rows with the figures of the pages (pnpm fix:comparison updates them)', () => {
    const toCells = (text: string) =>
      text.split('\n').map(line => line.split(/ *\| */).map(cell => cell.replace(/^-+$/, '---')));
    const readme = read('README.md');
    expect(toCells(fillComparison(readme, pages))).toEqual(toCells(readme));
    expect(toComparison(pages).trim().split('\n')).toHaveLength(12);
  });

  it('fails with an error when a row that it compares is missing', () => {
    const without = {
      ...pages,
      'guarantees.md': pages['guarantees.md'].replaceAll('| killed, 3 s ', '| stopped, 3 s '),
    };
    expect(() => toComparison(without)).toThrow('There is no row "killed, 3 s" any more');
  });
});

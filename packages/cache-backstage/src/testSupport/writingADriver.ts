import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInThisContext } from 'node:vm';
import type { ServiceFactory } from '@backstage/backend-plugin-api';
import type { CacheDriverDefinition } from '@greenroom/cache-core';
import { transformSync } from '@swc/core';

const page = readFileSync(join(__dirname, '../../../../docs/writing-a-driver.md'), 'utf8');

/** The source files on the page, by the name in their first line. */
const sources = new Map(
  [...page.matchAll(/```ts\n\/\/ src\/(\S+)\n(.*?)```/gs)].map(([, name = '', code = '']) => [name, code]),
);

interface Exports {
  readonly default: ServiceFactory;
  readonly acmeDriver: CacheDriverDefinition<{ readonly url: string }>;
}

/** Runs a source file of the page, and those that it imports. */
export function evaluate(name: string): Exports {
  const { code } = transformSync(sources.get(`${name}.ts`) ?? '', {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'commonjs' },
  });
  const exports = {} as Exports;
  const run = runInThisContext(`(function (require, exports) {${code}\n})`) as (...scope: unknown[]) => void;
  const load = (from: string) => (from.startsWith('./') ? evaluate(from.slice(2)) : jest.requireActual<object>(from));
  run(load, exports);
  return exports;
}

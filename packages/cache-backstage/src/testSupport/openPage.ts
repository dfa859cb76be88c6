import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInThisContext } from 'node:vm';
import { transformSync } from '@swc/core';

/** A document of `docs/`, whose source files can be run. */
export interface Page {
  readonly text: string;
  /** Blocks of TypeScript, by the file name in their first line, such as `// src/acmeDriver.ts`. */
  readonly sources: ReadonlyMap<string, string>;
  /**
   * Runs a source file of the page, and the files that it imports. Returns its exports.
   *
   * @param standIns - Modules that replace packages, by package name.
   */
  evaluate(name: string, standIns?: Readonly<Record<string, object>>): object;
}

export function openPage(name: string): Page {
  const text = readFileSync(join(__dirname, '../../../../docs', name), 'utf8');
  const sources = new Map(
    [...text.matchAll(/```ts\n\/\/ src\/(\S+)\n(.*?)```/gs)].map(([, file = '', code = '']) => [file, code]),
  );
  const evaluate = (file: string, standIns: Readonly<Record<string, object>> = {}): object => {
    const { code } = transformSync(sources.get(`${file}.ts`) ?? '', {
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
      module: { type: 'commonjs' },
    });
    const exports = {};
    const run = runInThisContext(`(function (require, exports) {${code}\n})`) as (...scope: unknown[]) => void;
    const load = (from: string) =>
      from.startsWith('./') ? evaluate(from.slice(2), standIns) : (standIns[from] ?? jest.requireActual<object>(from));
    run(load, exports);
    return exports;
  };
  return { text, sources, evaluate };
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInThisContext } from 'node:vm';
import type { ServiceFactory } from '@backstage/backend-plugin-api';
import type { CacheDriverDefinition, DriverSchema } from '@greenroom/cache-core';
import type { OutageServer } from '@greenroom/cache-core/testing';
import { transformSync } from '@swc/core';

const page = readFileSync(join(__dirname, '../../../../docs/writing-a-driver.md'), 'utf8');

/** The source files on the page, by the name in their first line. */
export const sources: ReadonlyMap<string, string> = new Map(
  [...page.matchAll(/```ts\n\/\/ src\/(\S+)\n(.*?)```/gs)].map(([, name = '', code = '']) => [name, code]),
);

/** The server of the tests on the page. */
export interface AcmeServer extends OutageServer {
  readonly url: string;
  stop(): Promise<void>;
}

interface Exports {
  readonly default: ServiceFactory;
  readonly acmeDriver: CacheDriverDefinition<{ readonly url: string }>;
  readonly acmeSchema: DriverSchema;
  readonly startAcmeServer: () => Promise<AcmeServer>;
  readonly toRefusals: (requests: string) => string;
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

interface Manifest {
  readonly files: readonly string[];
  readonly configSchema: string;
  readonly scripts: { readonly schema: string };
}

/** The `package.json` of the page, and the text that its script `schema` writes to its file. */
export function runSchemaScript(): { readonly manifest: Manifest; readonly file: string; readonly text: string } {
  const [, json = ''] = /```json\n(.*?)```/s.exec(page) ?? [];
  const manifest = JSON.parse(json) as Manifest;
  const [, expression = '', file = ''] = /^tsup && node -p "(.*)" > (\S+)$/.exec(manifest.scripts.schema) ?? [];
  const print = runInThisContext(`(require => ${expression})`) as (load: (from: string) => object) => string;
  const text = print(from => (from === '.' ? evaluate('index') : jest.requireActual<object>(from)));
  return { manifest, file, text };
}

import { runInThisContext } from 'node:vm';
import type { ServiceFactory } from '@backstage/backend-plugin-api';
import type { CacheDriverDefinition, DriverSchema } from '@greenroom/cache-core';
import type { OutageServer } from '@greenroom/cache-core/testing';
import { openPage } from './openPage';

const page = openPage('writing-a-driver.md');

/** The source files on the page, by the name in their first line. */
export const { sources } = page;

/** The server of the page's tests. */
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

/** Runs a source file of the page, and the files that it imports. */
export function evaluate(name: string): Exports {
  return page.evaluate(name) as Exports;
}

interface Manifest {
  readonly files: readonly string[];
  readonly configSchema: string;
  readonly scripts: { readonly schema: string };
}

/** Runs the `schema` script of the page's `package.json`. Returns the manifest, and the text that the script writes to its file. */
export function runSchemaScript(): { readonly manifest: Manifest; readonly file: string; readonly text: string } {
  const [, json = ''] = /```json\n(.*?)```/s.exec(page.text) ?? [];
  const manifest = JSON.parse(json) as Manifest;
  const [, expression = '', file = ''] = /^tsup && node -p "(.*)" > (\S+)$/.exec(manifest.scripts.schema) ?? [];
  const print = runInThisContext(`(require => ${expression})`) as (load: (from: string) => object) => string;
  const text = print(from => (from === '.' ? evaluate('index') : jest.requireActual<object>(from)));
  return { manifest, file, text };
}

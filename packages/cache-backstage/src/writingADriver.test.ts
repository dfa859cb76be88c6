import { dirname, join } from 'node:path';
import { mockServices, ServiceFactoryTester } from '@backstage/backend-test-utils';
import { conformanceCasesFor } from '@greenroom/cache-core/testing';
import ts from 'typescript';
import { cacheServiceFactory } from './index';
import { startAcmeServer } from './testSupport/acmeServer';
import type { AcmeServer } from './testSupport/acmeServer';
import { evaluate, sources } from './testSupport/writingADriver';

/** What the reader has to write, since it depends on the server. */
const startServerSource = `
  import type { OutageServer } from '@greenroom/cache-core/testing';
  export declare function startServer(): Promise<OutageServer & { stop(): Promise<void> }>;
`;

/** The server that the page speaks of. */
let server: AcmeServer;
beforeAll(async () => {
  server = await startAcmeServer();
});
afterAll(() => server.stop());

describe('the sources in docs/writing-a-driver.md', () => {
  it('compile, under the strict rules of this project', () => {
    const root = join(__dirname, '../../..');
    const { config } = ts.readConfigFile(join(root, 'tsconfig.base.json'), path => ts.sys.readFile(path)) as {
      config: { compilerOptions: object };
    };
    const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
    const host = ts.createCompilerHost(options);
    const all = new Map([...sources, ['startServer.ts', startServerSource]]);
    const find = (path: string) =>
      dirname(path) === __dirname ? all.get(path.slice(__dirname.length + 1)) : undefined;
    const { fileExists, readFile, getSourceFile } = host;
    host.fileExists = path => find(path) !== undefined || fileExists(path);
    host.readFile = path => find(path) ?? readFile(path);
    host.getSourceFile = (path, target) => {
      const code = find(path);
      return code === undefined ? getSourceFile(path, target) : ts.createSourceFile(path, code, target);
    };
    const program = ts.createProgram(
      [...sources.keys()].map(name => join(__dirname, name)),
      options,
      host,
    );
    const problems = ts.getPreEmitDiagnostics(program);
    expect(problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([]);
    expect([...sources.keys()]).toEqual([
      'acmeDriver.ts',
      'acmeDriver.test.ts',
      'acmeDriver.outages.test.ts',
      'index.ts',
    ]);
  }, 30_000);
});

describe('the driver in docs/writing-a-driver.md', () => {
  const { acmeDriver } = evaluate('acmeDriver');
  const lacks = { clear: 'the server cannot list its keys', getMany: 'HTTP has no request for several keys' };
  const { cases } = conformanceCasesFor({ driver: acmeDriver, options: { url: '' }, lacks });

  it.each(cases)('$group: $name', ({ run }) => run({ driver: acmeDriver, options: { url: server.url }, lacks }));

  it('is what a backend caches with, once its package is added', async () => {
    const cache = { store: 'memory', driver: 'acme', acme: { url: server.url } };
    const tester = ServiceFactoryTester.from(cacheServiceFactory, {
      dependencies: [evaluate('index').default, mockServices.rootConfig.factory({ data: { backend: { cache } } })],
    });
    const catalog = await tester.getSubject('catalog');

    await catalog.set('some-key', 'bob');

    expect(await catalog.get('some-key')).toBe('bob');
    expect(server.valueOf('/catalog%3Asome-key')).toBe('"bob"');
  });
});

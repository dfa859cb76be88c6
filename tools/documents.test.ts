import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

const root = join(__dirname, '..');
const folders = ['.', 'docs', 'bench', ...['packages', 'examples', 'internal'].flatMap(listFolders)];

interface Block {
  /** Position of the block, such as `README.md:12`. */
  readonly place: string;
  readonly language: string;
  readonly code: string;
}

const blocks = folders.flatMap(folder =>
  readdirSync(join(root, folder))
    .filter(name => name.endsWith('.md') && !name.endsWith('.api.md'))
    .flatMap(name => findBlocks(join(folder, name))),
);
const inLanguage = (...languages: readonly string[]) => blocks.filter(({ language }) => languages.includes(language));

function listFolders(parent: string): string[] {
  return readdirSync(join(root, parent))
    .map(name => join(parent, name))
    .filter(folder => existsSync(join(root, folder, 'package.json')));
}

function findBlocks(document: string): Block[] {
  const text = readFileSync(join(root, document), 'utf8');
  return [...text.matchAll(/^( *)```(.*)\n([^]*?)^\1```$/gm)].map(({ index, 2: language = '', 3: code = '' }) => ({
    place: `${document}:${text.slice(0, index).split('\n').length}`,
    language,
    code,
  }));
}

/** Declarations that the blocks use without showing them. */
const leftToTheReader = {
  'globals.d.ts': `
    import type { Backend } from '@backstage/backend-defaults';
    import type { CacheDriverDefinition } from '@greenroom/cache-core';
    declare global {
      const backend: Backend;
      const acmeDriver: CacheDriverDefinition<{ readonly url: string }>;
      function fetchToken(): Promise<string>;
    }`,
  'packages.d.ts': `
    declare module 'acme-cache-driver' {
      const feature: import('@backstage/backend-plugin-api').BackendFeature;
      export default feature;
    }
    declare module 'acme-plugin' {
      const feature: import('@backstage/backend-plugin-api').BackendFeature;
      export default feature;
    }
    declare module '@aws-sdk/credential-provider-node' {
      export function defaultProvider(): () => Promise<{ accessKeyId: string; secretAccessKey: string }>;
    }
    declare module 'google-auth-library' {
      export class GoogleAuth {
        constructor(options: { readonly scopes: string });
        getAccessToken(): Promise<string | null | undefined>;
      }
    }
    declare module '@azure/identity' {
      export class DefaultAzureCredential {
        getToken(scope: string): Promise<{ readonly token: string; readonly expiresOnTimestamp: number }>;
      }
    }
    declare module 'acme-client' {
      export class AcmeClient {
        constructor(options: { readonly host: string; readonly port: number; readonly reconnect: boolean });
        on(event: 'close', listener: () => void): void;
        login(): Promise<void>;
        ping(): Promise<void>;
        get(key: string): Promise<string | undefined>;
        destroy(): void;
      }
    }
    declare module 'memjs' {
      export class Client {
        static create(servers: string): Client;
        get(key: string): Promise<{ readonly value: Buffer | null }>;
        set(key: string, text: string, options: { readonly expires?: number }): Promise<boolean>;
        add(key: string, text: string, options: { readonly expires?: number }): Promise<boolean>;
        delete(key: string): Promise<boolean>;
        close(): void;
      }
    }`,
};

/** The folder of the blocks. It does not exist on disk: `sources` has its files. */
const folder = join(root, 'documents');
/** The blocks by path. A block that names its file in the first line can be imported by others. */
const sources = new Map(
  [
    ...Object.entries(leftToTheReader).map(([name, code]) => ({ name, code, place: name })),
    ...inLanguage('ts', 'js').map(({ place, language, code }) => {
      const [, name = `${place.replace(/\W/g, '-')}.${language}`] = /^\/\/ src\/(\S+)\n/.exec(code) ?? [];
      return { name, code, place };
    }),
  ].map(source => [join(folder, source.name), source]),
);

/** Packages whose dependencies the blocks may import. */
const importers = [
  'packages/cache-backstage',
  'packages/cache-core',
  'packages/cache-memcache',
  'packages/cache-plugin',
  'tools',
  ...listFolders('examples'),
];

/** Resolves packages of this repository to their sources, as in every test. */
const paths = {
  '@greenroom/cache-core/*': ['./packages/cache-core/src/*/index.ts'],
  '@greenroom/*': ['./packages/*/src/index.ts', './internal/*/src/index.ts'],
};

/** Compiles the blocks with the types of the packages of this repository. */
function compile(): readonly ts.Diagnostic[] {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.base.json'), path => ts.sys.readFile(path)) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  Object.assign(options, { moduleDetection: ts.ModuleDetectionKind.Force, allowJs: true, checkJs: true });
  // An example may declare something that it does not use.
  Object.assign(options, { noUnusedLocals: false, noUnusedParameters: false });
  Object.assign(options, { paths, pathsBasePath: root });
  const host = ts.createCompilerHost(options);
  const { directoryExists, fileExists, readFile, getSourceFile } = host;
  host.directoryExists = path => path === folder || directoryExists?.(path) === true;
  host.fileExists = path => sources.has(path) || fileExists(path);
  host.readFile = path => sources.get(path)?.code ?? readFile(path);
  host.getSourceFile = (path, target, ...rest) => {
    const code = sources.get(path)?.code;
    return code === undefined ? getSourceFile(path, target, ...rest) : ts.createSourceFile(path, code, target);
  };
  const cache = ts.createModuleResolutionCache(root, path => path, options);
  host.resolveModuleNameLiterals = (literals, containingFile) => {
    const isBlock = dirname(containingFile) === folder;
    const others = isBlock ? importers.map(importer => join(root, importer, 'index.ts')) : [];
    return literals.map(({ text }) => {
      const resolutions = [containingFile, ...others].map(file =>
        ts.resolveModuleName(text, file, options, host, cache),
      );
      return resolutions.find(({ resolvedModule }) => resolvedModule) ?? { resolvedModule: undefined };
    });
  };
  const program = ts.createProgram([...sources.keys()], options, host);
  return [...sources.keys()].flatMap(path => ts.getPreEmitDiagnostics(program, program.getSourceFile(path)));
}

it('every code block in the documents names a known language', () => {
  // YAML is checked where the schemas are, in packages/cache-backstage/src/documentTests/configSchema.test.ts; shell
  // commands and diagrams are not.
  const known = ['ts', 'js', 'json', 'yaml', 'sh', 'text', 'mermaid'];
  expect(blocks.filter(({ language }) => !known.includes(language))).toEqual([]);
  expect(inLanguage('ts').length).toBeGreaterThan(15);
});

it('every TypeScript and JavaScript block in the documents compiles', () => {
  const problems = compile().map(({ file, start = 0, messageText }) => {
    const { place = file?.fileName } = sources.get(file?.fileName ?? '') ?? {};
    const line = file ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
    return `${place}, line ${line} of the block: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
  expect(problems).toEqual([]);
});

it.each(inLanguage('json'))('the JSON at $place is valid', ({ code }) => {
  expect(() => JSON.parse(code) as unknown).not.toThrow();
});

describe('the index of the documents', () => {
  const read = (path: string) => readFileSync(join(root, path), 'utf8');
  /** The documents that a document links to. */
  const targetsOf = (document: string) =>
    [...read(document).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
      .map(([, target = '']) => join(dirname(document), target))
      .map(path => (existsSync(join(root, path, 'README.md')) ? join(path, 'README.md') : path))
      .filter(path => path.endsWith('.md'));
  const own = /^(?!CHANGELOG|.*\.api\.md$).*\.md$/;
  const documentsIn = (folderName: string) =>
    readdirSync(join(root, folderName))
      .filter(name => own.test(name))
      .map(name => join(folderName, name));
  const pages = documentsIn('docs').filter(page => page !== 'docs/README.md');
  const everywhere = [...folders, 'tools', 'trials'].flatMap(documentsIn);

  it('lists each page of docs', () => {
    expect(pages.filter(page => !targetsOf('docs/README.md').includes(page))).toEqual([]);
  });

  it('leads to every document by links that start at the README', () => {
    const found = new Set(['README.md']);
    for (const document of found) for (const target of targetsOf(document)) found.add(target);
    expect(found).toContain('docs/README.md');
    expect(everywhere.length).toBeGreaterThan(25);
    expect(everywhere.filter(document => !found.has(document))).toEqual([]);
  });

  it.each(pages)('%s names its readers below its title', page => {
    expect(read(page).slice(0, 200)).toMatch(/^# .+\n\nFor (plugin authors|operators|driver authors|contributors)/);
  });
});

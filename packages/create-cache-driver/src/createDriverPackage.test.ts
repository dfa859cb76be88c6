import promises, { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCommonSchema } from '@greenroom/cache-core';
import { createDriverPackage } from './createDriverPackage';

const root = join(__dirname, '../../..');
const template = join(__dirname, '../template');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'greenroom-create-'));
});
afterEach(() => rm(folder, { recursive: true }));

const listFiles = async (path: string) =>
  (await readdir(path, { recursive: true, withFileTypes: true }))
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(path.length + 1))
    .sort();

interface Manifest {
  readonly [field: string]: unknown;
  readonly dependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
}
const readManifest = async (path: string, name = 'package.json') =>
  JSON.parse(await readFile(join(path, name), 'utf8')) as Manifest;

describe('a created package', () => {
  it('has the files of the template, named after the store', async () => {
    await createDriverPackage('my-store', join(folder, 'driver'));
    const expected = (await listFiles(template)).map(path =>
      path
        .replace('gitignore', '.gitignore')
        .replace('manifest', 'package')
        .replace('acme', 'myStore')
        .replace('Acme', 'MyStore'),
    );
    expect(await listFiles(join(folder, 'driver'))).toEqual(expected.sort());
    expect(await readdir(folder)).toEqual(['driver']);
  });

  it('uses the store name in every spelling, and never the name acme', async () => {
    await createDriverPackage('my-store', join(folder, 'driver'));
    const files = await listFiles(join(folder, 'driver'));
    const texts = await Promise.all(files.map(file => readFile(join(folder, 'driver', file), 'utf8')));
    expect(texts.filter(text => /acme/i.test(text))).toEqual([]);

    const driver = await readFile(join(folder, 'driver/src/myStoreDriver.ts'), 'utf8');
    expect(driver).toContain(`store: 'my-store'`);
    expect(driver).toContain(`import { MyStoreError, connectMyStore } from './myStoreClient';`);
    expect(driver).toContain('export const myStoreDriver: CacheDriverDefinition<MyStoreOptions>');
    expect(await readManifest(join(folder, 'driver'))).toMatchObject({ name: 'my-store-cache-driver' });
  });

  it('has the same sources as the template for a store called acme', async () => {
    await createDriverPackage('acme', join(folder, 'driver'));
    for (const file of (await listFiles(template)).filter(path => !/gitignore|manifest/.test(path))) {
      expect(await readFile(join(folder, 'driver', file), 'utf8')).toBe(await readFile(join(template, file), 'utf8'));
    }
  });

  it('depends on the Greenroom versions that this package is published with', async () => {
    await createDriverPackage('acme', join(folder, 'driver'));
    const { dependencies } = await readManifest(join(folder, 'driver'));
    // What packing replaces by the version that the repository has.
    expect(dependencies).toEqual({
      '@greenroom/cache-backstage': 'workspace:^',
      '@greenroom/cache-core': 'workspace:^',
    });
    const own = await readManifest(join(__dirname, '..'));
    expect(own.devDependencies).toEqual(dependencies);
  });

  it('has the same versions of dev dependencies as this repository', async () => {
    const { devDependencies } = await readManifest(template, 'manifest.json');
    const ours = (await readManifest(root)).devDependencies;
    for (const [name, range] of Object.entries(devDependencies)) {
      expect([name, range]).toEqual([name, `^${ours[name]?.replace('^', '')}`]);
    }
  });

  it('has no pnpm-workspace.yaml inside an existing pnpm workspace', async () => {
    await writeFile(join(folder, 'pnpm-workspace.yaml'), '');
    await createDriverPackage('acme', join(folder, 'deep/down/driver'));
    expect(await readdir(join(folder, 'deep/down/driver'))).not.toContain('pnpm-workspace.yaml');
  });
});

describe('the target folder', () => {
  it('may exist when it is empty', async () => {
    await mkdir(join(folder, 'driver'));
    await createDriverPackage('acme', join(folder, 'driver'));
    expect(await readdir(join(folder, 'driver'))).toContain('package.json');
  });

  it('is refused and left unchanged when it is not empty', async () => {
    await mkdir(join(folder, 'driver'));
    await writeFile(join(folder, 'driver/notes.txt'), 'mine');
    const path = join(folder, 'driver');
    await expect(createDriverPackage('acme', path)).rejects.toThrow(`The folder ${path} is not empty`);
    expect(await listFiles(folder)).toEqual(['driver/notes.txt']);
  });

  it('is refused and left unchanged when it is a file', async () => {
    const path = join(folder, 'driver');
    await writeFile(path, 'mine');
    await expect(createDriverPackage('acme', path)).rejects.toThrow(`${path} is not a folder`);
    expect(await readFile(path, 'utf8')).toBe('mine');
  });

  it('is not created when a file cannot be written', async () => {
    const write = jest.spyOn(promises, 'writeFile').mockRejectedValueOnce(new Error('ENOSPC'));
    try {
      await expect(createDriverPackage('acme', join(folder, 'driver'))).rejects.toThrow('ENOSPC');
      expect(await readdir(folder)).toEqual([]);
    } finally {
      write.mockRestore();
    }
  });
});

describe('the name of a store', () => {
  it.each(['a', 'acme', 'dynamodb', 'my-other-store', 'store2', 'x'.repeat(64)])('may be %s', async store => {
    await createDriverPackage(store, join(folder, 'driver'));
    expect(await readdir(folder)).toEqual(['driver']);
  });

  it.each([
    '',
    'Acme',
    'my store',
    'my_store',
    '-acme',
    'acme-',
    'my--store',
    '2store',
    '@scope/acme',
    '../acme',
    '__proto__',
  ])('may not be %j', async store => {
    await expect(createDriverPackage(store, join(folder, 'driver'))).rejects.toThrow(
      `A store cannot be called ${JSON.stringify(store)}: use up to 64 small letters, digits and single hyphens, such as my-store`,
    );
    expect(await readdir(folder)).toEqual([]);
  });

  it('may not be longer than 64 letters', async () => {
    await expect(createDriverPackage('x'.repeat(65), join(folder, 'driver'))).rejects.toThrow('up to 64 small letters');
  });

  const [choice] = (createCommonSchema() as unknown as CommonSchema).properties.backend.properties.cache.anyOf;
  const options = Object.keys(choice.properties).filter(name => name === name.toLowerCase());
  it.each([...options, 'memory', 'redis', 'valkey', 'memcache', 'infinispan'])(
    'may not be %s, which backend.cache already uses',
    async store => {
      await expect(createDriverPackage(store, join(folder, 'driver'))).rejects.toThrow(
        `A store cannot be called ${store}: backend.cache has that name already`,
      );
    },
  );
});

interface CommonSchema {
  readonly properties: {
    readonly backend: {
      readonly properties: { readonly cache: { readonly anyOf: [{ readonly properties: object }] } };
    };
  };
}

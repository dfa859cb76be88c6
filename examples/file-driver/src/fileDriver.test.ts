import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConfigSource, toConfigSchema } from '@greenroom/cache-core';
import type { DriverHost } from '@greenroom/cache-core';
import { conformanceCasesFor } from '@greenroom/cache-core/testing';
import { fileDriver, fileSchema } from './fileDriver';

const host: DriverHost = { connected: () => {}, disconnected: () => {} };
const root = join(tmpdir(), `greenroom-file-driver-${randomUUID()}`);
afterAll(() => rm(root, { recursive: true }));

/** Creates a new directory, and a driver that the test has to close. */
async function open() {
  await mkdir(root, { recursive: true });
  const directory = await mkdtemp(join(root, 'test-'));
  const create = () => fileDriver.create({ directory }, host);
  return { directory, create, driver: create() };
}

describe('the file store', () => {
  const target = {
    driver: fileDriver,
    options: { directory: join(root, 'made by the driver') },
    lacks: {
      add: 'a file whose entry has expired cannot be replaced in one step',
      entries: 'each key is in its file, so every page would open hundreds of them',
      getMany: 'reading many files at once is no faster than one after another',
    },
  };

  it.each(conformanceCasesFor(target).cases)('$group: $name', ({ run }) => run(target), 30_000);
});

describe('the directory of the file store', () => {
  it('has to be configured', () => {
    expect(() => fileDriver.parseOptions(createConfigSource({ file: {} }, 'backend.cache'))).toThrow(
      "Invalid configuration at 'backend.cache.file.directory': expected the path of a directory for the entries",
    );
  });

  it('keeps the entries for the next process', async () => {
    const { create, driver } = await open();
    await driver.set('key', 'text', 60_000);
    await driver.close();
    const next = create();
    expect(await next.get('key')).toBe('text');
    await next.close();
  });

  it('may contain other files, which a clear leaves alone', async () => {
    const { directory, driver } = await open();
    await writeFile(join(directory, 'README'), '1 key\n');
    await driver.set('key', 'text');
    await driver.clear?.('');
    expect(await readdir(directory)).toEqual(['README']);
    await driver.close();
  });

  it('never shows a half-written entry, however many drivers write it', async () => {
    const { create, driver } = await open();
    const others = [create(), create()];
    const texts = ['a', 'b'].map(letter => letter.repeat(1_000_000));
    await driver.set('key', 'a'.repeat(1_000_000));
    for (let round = 0; round < 20; round++) {
      const writes = others.map(async (other, index) => other.set('key', texts[index] ?? ''));
      expect(texts.includes((await driver.get('key')) ?? 'a miss')).toBe(true);
      await Promise.all(writes);
    }
    await Promise.all([driver, ...others].map(each => each.close()));
  });

  it('causes CACHE_REFUSED without key and path when it cannot be used', async () => {
    const { directory, driver } = await open();
    await rm(directory, { recursive: true });
    await writeFile(directory, 'a file');
    for (const operation of [
      () => driver.get('some-key'),
      () => driver.set('some-key', 'text'),
      () => driver.delete('some-key'),
    ]) {
      await expect(operation()).rejects.toMatchObject({
        code: 'CACHE_REFUSED',
        message: 'The file store cannot use its directory: ENOTDIR',
      });
    }
    await driver.close();
  });
});

describe('files of the file store', () => {
  it('are removed when an expired entry is read', async () => {
    const { directory, driver } = await open();
    await driver.set('key', 'text', 1);
    while ((await driver.get('key')) !== undefined);
    expect(await readdir(directory)).toEqual([]);
    await driver.close();
  });

  it('are misses when they are empty, until the next set', async () => {
    const { directory, driver } = await open();
    await driver.set('key', 'text');
    for (const name of await readdir(directory)) await truncate(join(directory, name));
    expect(await driver.get('key')).toBeUndefined();
    await driver.set('key', 'text');
    expect(await driver.get('key')).toBe('text');
    await driver.close();
  });

  it('are swept when they have expired, or were left by a process that ended while writing', async () => {
    const intervals = jest.spyOn(globalThis, 'setInterval');
    const { directory, driver } = await open();
    const [[sweep = () => {}] = []] = intervals.mock.calls;
    intervals.mockRestore();

    await driver.set('kept', 'text', 60_000);
    const kept = await readdir(directory);
    await driver.set('expired', 'text', 1);
    const left = `${kept[0]}.${randomUUID()}`;
    const beingWritten = `${kept[0]}.${randomUUID()}`;
    for (const name of [left, beingWritten, 'README']) await writeFile(join(directory, name), '');
    await utimes(join(directory, left), 0, 0);

    const expected = [...kept, beingWritten, 'README'].sort();
    const deadlineMs = performance.now() + 4000;
    do sweep();
    while ((await readdir(directory)).length > expected.length && performance.now() < deadlineMs);
    expect((await readdir(directory)).sort()).toEqual(expected);
    expect(await driver.get('kept')).toBe('text');
    await driver.close();
  });
});

it('config.schema.json matches the options (npm run schema)', async () => {
  const file = await readFile(join(__dirname, '../config.schema.json'), 'utf8');
  expect(JSON.parse(file)).toEqual(toConfigSchema(fileSchema));
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createConfigSource, toConfigSchema } from '@greenroom/cache-core';
import type { JsonObject } from '@greenroom/cache-core';
import { conformanceCasesFor } from '@greenroom/cache-core/testing';
import { acmeDriver, acmeSchema } from './acmeDriver';
import { startAcmeServer } from './startAcmeServer';
import type { AcmeServer } from './startAcmeServer';

let server: AcmeServer;
beforeAll(async () => {
  server = await startAcmeServer();
});
afterAll(() => server.stop());

describe('the promises of a driver', () => {
  const lacks = {
    add: 'the server has no request that sets only absent keys',
    clear: 'the server cannot list its keys',
    entries: 'the server cannot list its keys',
    getMany: 'the server has no request for several keys',
  };
  const toTarget = (url: string) => ({ driver: acmeDriver, options: { url }, lacks });

  it.each(conformanceCasesFor(toTarget('')).cases)('$group: $name', ({ run }) => run(toTarget(server.url)), 30_000);
});

describe('the configuration', () => {
  const parse = (options: JsonObject) =>
    acmeDriver.parseOptions(createConfigSource({ [acmeDriver.store]: options }, 'backend.cache'));

  it('sets the address and the timeouts', () => {
    const url = 'acme://user:pass@host:4000';
    expect(parse({ url })).toEqual({ url });
    expect(parse({ url, commandTimeout: '1s', connectTimeout: 5000 })).toEqual({
      ...{ url, commandTimeoutMs: 1000, connectTimeoutMs: 5000 },
    });
  });

  it.each([{}, { url: '' }, { url: 'hunter2' }])(
    'is refused without a valid address, and the message does not show its value: %j',
    options => {
      expect(() => parse(options)).toThrow(
        /^Invalid configuration at 'backend.cache.acme.url': expected an address such as acme:\/\/localhost:4000$/,
      );
    },
  );

  it('has a config.schema.json that matches the options (npm run schema)', () => {
    const file = readFileSync(join(__dirname, '../config.schema.json'), 'utf8');
    expect(JSON.parse(file)).toEqual(toConfigSchema(acmeSchema));
  });
});

describe('a write that the server refuses', () => {
  it.each([
    ['READONLY', 'CACHE_READ_ONLY'],
    ['FULL', 'CACHE_FULL'],
    ['TOOLARGE', 'CACHE_TOO_LARGE'],
    ['BUSY', 'CACHE_REFUSED'],
  ])('the answer %s rejects it with %s and a message that names the server', async (word, code) => {
    const driver = acmeDriver.create({ url: server.url }, { connected: () => {}, disconnected: () => {} });
    try {
      server.refuseWrites(word);
      const message = `Acme at ${server.host}:${server.port} refuses a request`;
      await expect(driver.set('key', 'text')).rejects.toMatchObject({ code, message });
      await expect(driver.delete('key')).rejects.toMatchObject({ code, message });
      expect(await driver.get('key')).toBeUndefined();
    } finally {
      server.refuseWrites(undefined);
      await driver.close();
    }
  });
});

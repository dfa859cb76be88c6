import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInThisContext } from 'node:vm';
import { transformSync } from '@swc/core';
import type { CacheDriverDefinition, DriverHost } from '@greenroom/cache-core';
import { conformanceCasesFor } from '@greenroom/cache-core/testing';
import { errorOf, sharedServerUrl } from '@greenroom/test-servers';
import type { MemcacheClient } from './connection/memcacheClient';
import * as ownPackage from './index';
import type { MemcacheClientOptions } from './options/memcacheOptions';
import type { RemoteDriver } from './testSupport/openDriver';

/** Runs the README's code for another client, and returns its exports. */
function runReadme(): { readonly memcacheDriver: CacheDriverDefinition<MemcacheClientOptions> } {
  const readme = readFileSync(join(__dirname, '../README.md'), 'utf8');
  const code = /```ts\n([^`]*createMemcacheDriver[^]*?)```/.exec(readme)?.[1] ?? '';
  const { code: commonJs } = transformSync(code, {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'commonjs' },
  });
  const exports = {};
  const run = runInThisContext(`(function (require, exports, backend) {${commonJs}\n})`) as (
    ...scope: unknown[]
  ) => void;
  const modules: Record<string, unknown> = {
    '@greenroom/cache-memcache': ownPackage,
    '@greenroom/cache-backstage': { cacheServiceFactory: () => undefined },
  };
  run((name: string): unknown => modules[name] ?? jest.requireActual(name), exports, { add: () => undefined });
  return exports as ReturnType<typeof runReadme>;
}

describe('the client in the README', () => {
  const driver = runReadme().memcacheDriver;
  const lacks = { clear: 'memcached cannot', entries: 'not needed here', getMany: 'not needed here' };
  const { cases } = conformanceCasesFor({ driver, options: {}, lacks });

  it.each(cases.filter(({ group }) => group !== 'lifecycle'))(
    'passes the conformance suite: $group: $name',
    ({ run }) => run({ driver, options: { connection: sharedServerUrl('memcached') }, lacks }),
  );
});

describe('a custom client', () => {
  it('gets the connection and the host, and is closed once', async () => {
    let closed = 0;
    const given: unknown[] = [];
    const client: MemcacheClient = {
      get: async () => undefined,
      set: async () => {},
      delete: async () => {},
      close: async () => void closed++,
    };
    const driver = ownPackage.createMemcacheDriver({
      createClient: (...args) => {
        given.push(...args);
        return client;
      },
    });
    const host: DriverHost = { connected: () => {}, disconnected: () => {} };
    const store = driver.create({ connection: { servers: 2 } }, host) as RemoteDriver;
    expect(given).toEqual([{ servers: 2 }, host]);

    await Promise.all([store.close(), store.close()]);
    expect(closed).toBe(1);
    expect(await errorOf(store.get('key'))).toMatchObject({ code: 'CACHE_CLOSED' });
  });

  it('passes only the code of its error, not the message, to CACHE_UNAVAILABLE', async () => {
    const fail = async () => {
      throw Object.assign(new Error('hunter2'), { code: 'ECONNRESET' });
    };
    const client: MemcacheClient = { get: fail, set: fail, delete: fail, close: async () => {} };
    const host: DriverHost = { connected: () => {}, disconnected: () => {} };
    const store = ownPackage.createMemcacheDriver({ createClient: () => client }).create({}, host) as RemoteDriver;
    for (const operation of [store.get('key'), store.set('key', 'text'), store.delete('key')]) {
      expect(await errorOf(operation)).toMatchObject({
        code: 'CACHE_UNAVAILABLE',
        message: 'Memcached cannot be reached (ECONNRESET)',
      });
    }
  });
});

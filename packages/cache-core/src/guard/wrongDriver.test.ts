import { CacheError, isCacheError } from '../contract/cacheError';
import type { CacheErrorCode } from '../contract/cacheError';
import { createCacheManager } from '../cacheManager';
import type { CacheDriver, CacheDriverDefinition, DriverHost, DriverPolicy } from '../contract/driver';
import { extendCache } from '../extended/extendCache';
import type { CacheStateChange, DriverFault } from '../contract/observer';

const SECRET = 'hunter2';
const COMMAND_TIMEOUT_MS = 50;

/** Methods that may be wrong in any way. */
type Methods = { readonly [Method in keyof CacheDriver]?: unknown };

const strays: unknown[] = [];
const onStray = (error: unknown) => void strays.push(error);
beforeAll(() => void process.on('unhandledRejection', onStray).on('uncaughtException', onStray));
afterAll(() => void process.off('unhandledRejection', onStray).off('uncaughtException', onStray));
afterEach(() => {
  expect(strays.splice(0)).toEqual([]);
});

const nextTurn = () => new Promise<void>(resolve => void setImmediate(resolve));

/** A cache over a driver that finds nothing and accepts every write. `methods` replaces parts of it by wrong ones. */
function open(methods: Methods | ((host: DriverHost) => Methods) = {}) {
  const errors: unknown[] = [];
  const changes: CacheStateChange[] = [];
  const faults: DriverFault[] = [];
  let host: DriverHost | undefined;
  const driver: CacheDriverDefinition = {
    contractVersion: 1,
    store: 'acme',
    parseOptions: () => ({}),
    policy: () => ({ commandTimeoutMs: COMMAND_TIMEOUT_MS }),
    create(_options, given) {
      host = given;
      const correct = {
        get: async () => undefined,
        set: async () => {},
        delete: async () => {},
        close: async () => {},
      };
      return { ...correct, ...(typeof methods === 'function' ? methods(given) : methods) } as CacheDriver;
    },
  };
  const manager = createCacheManager({
    driver,
    driverOptions: {},
    observer: {
      onOperation: ({ error }) => error && errors.push(error),
      onStateChange: change => void changes.push(change),
      onDriverFault: fault => void faults.push(fault),
    },
  });
  const cache = manager.forPlugin('catalog');
  return { manager, cache, errors, changes, faults, host: host as DriverHost };
}

/** Expects a message that names the driver and the method, without the secret. */
function expectTold(error: unknown, method: string): void {
  if (!(error instanceof CacheError)) throw new Error('It is no CacheError');
  expect(error.message).toContain("driver of 'acme'");
  expect(error.message).toContain(method);
  expect(error.message).not.toContain(SECRET);
}

function throwing(member: 'code' | 'message' | 'then'): Error {
  const error = Object.assign(new Error(`connect to postgres://user:${SECRET}@host`), { code: 'CACHE_TIMEOUT' });
  return Object.defineProperty(error, member, {
    get() {
      throw new Error(`no ${member}: ${SECRET}`);
    },
  });
}

const untouchable = () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};

/** What a driver may fail with. */
const failures: readonly (readonly [string, unknown])[] = [
  ['an Error with a secret', new Error(`connect to postgres://user:${SECRET}@host`)],
  ['undefined', undefined],
  ['null', null],
  ['a text', SECRET],
  ['a number', 7],
  ['a frozen object', Object.freeze({ reason: SECRET })],
  ['an object without a prototype', Object.assign(Object.create(null) as object, { reason: SECRET })],
  ['a function', () => SECRET],
  ['an error whose code getter throws', throwing('code')],
  ['an error whose message getter throws', throwing('message')],
  ['an object with a cache error code and a message that is not text', { code: 'CACHE_TIMEOUT', message: {} }],
  ['a revoked proxy', untouchable()],
];

describe('a failing driver', () => {
  it.each(failures)(
    'causes a miss and an error that names the method when it rejects or throws with %s',
    async (_what, failure) => {
      const rejects = () => Promise.reject(failure);
      const throws = () => {
        throw failure;
      };
      for (const fail of [rejects, throws]) {
        const { cache, errors, manager } = open({ get: fail, set: fail, delete: fail });
        expect(await cache.get('key')).toBeUndefined();
        await cache.set('other', 1);
        await cache.delete('third');
        expect(errors).toHaveLength(3);
        for (const [index, method] of ['get', 'set', 'delete'].entries()) expectTold(errors[index], method);
        await manager.close();
      }
    },
  );

  it.each(failures)(
    'causes misses and an error that names getMany when its getMany fails with %s',
    async (_what, failure) => {
      const throws = () => {
        throw failure;
      };
      for (const getMany of [() => Promise.reject(failure), throws]) {
        const { cache, errors } = open({ getMany });
        expect(await Promise.all([cache.get('a'), cache.get('b')])).toEqual([undefined, undefined]);
        expect(errors).toHaveLength(2);
        expectTold(errors[0], 'getMany');
      }
    },
  );

  it.each(failures)('makes close reject with a CacheError when its close fails with %s', async (_what, failure) => {
    const throws = () => {
      throw failure;
    };
    for (const close of [() => Promise.reject(failure), throws]) {
      const error: unknown = await open({ close })
        .manager.close()
        .then(
          () => 'closed',
          (reason: unknown) => reason,
        );
      expectTold(error, 'close');
    }
  });

  it.each(failures)(
    'is reported as unavailable, without its secret, when it calls disconnected with %s',
    async (_what, failure) => {
      const { host, changes, manager } = open();
      host.connected();
      await nextTurn();
      host.disconnected(failure as CacheError);
      expect(changes.map(({ state }) => state)).toEqual(['available', 'unavailable']);
      expectTold((changes[1] as { readonly error?: unknown }).error, 'disconnected');
      await manager.close();
    },
  );

  it('passes its CacheError on to the observer', async () => {
    const refused = new CacheError('CACHE_REFUSED', 'Acme answered 503');
    const { cache, errors } = open({ get: () => Promise.reject(refused) });
    await cache.get('key');
    expect(errors).toEqual([refused]);
  });

  it.each<[string, Error]>([
    [
      'whose then getter throws',
      Object.defineProperty(new CacheError('CACHE_REFUSED', 'why'), 'then', { get: () => fail() }),
    ],
    ['in a proxy', new Proxy(new CacheError('CACHE_REFUSED', 'why'), {})],
    [
      'whose fields are getters',
      {
        get code() {
          return 'CACHE_REFUSED';
        },
        get message() {
          return 'why';
        },
      } as unknown as Error,
    ],
  ])('makes the observer receive a copy of a CacheError %s', async (_what, failure) => {
    const get = async () => {
      throw failure;
    };
    const { cache, errors } = open({ get });
    await cache.get('key');
    expect(errors[0]).not.toBe(failure);
    expect(errors[0]).toMatchObject({ code: 'CACHE_REFUSED', message: 'why' });
  });

  it('does not stop the removal of stale keys with an error that cannot be inspected', async () => {
    let fails = true;
    const removed: string[] = [];
    const failure = Object.defineProperty(new CacheError('CACHE_REFUSED', 'why'), 'then', {
      get: () => throwing('then'),
    });
    const { cache } = open({
      set: () => Promise.reject(failure),
      async delete(key: string) {
        if (fails) throw failure;
        removed.push(key);
      },
    });
    await cache.set('key', 1);
    await new Promise(resolve => setTimeout(resolve, 600));
    fails = false;
    while (removed.length === 0) await nextTurn();
    expect(removed).toEqual(['catalog:key']);
  });
});

describe('getMany of a faulty driver', () => {
  const list = (...texts: unknown[]) => texts;
  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['too few texts', list('1')],
    ['too many texts', list('1', '2', '3')],
    ['an array-like object', { 0: '1', 1: '2', length: 2 }],
    ['a text', '12'],
    ['a map', new Map([['catalog:a', '1']])],
    ['a list with an item that throws when it is read', Object.defineProperty(['1', '2'], 1, { get: () => fail() })],
    ['a revoked proxy', untouchable()],
  ])('causes misses and an error that names getMany when it returns or resolves with %s', async (_what, answer) => {
    for (const getMany of [async () => answer, () => answer]) {
      const { cache, errors } = open({ getMany });
      expect(await Promise.all([cache.get('a'), cache.get('b')])).toEqual([undefined, undefined]);
      expect(errors).toHaveLength(2);
      expectTold(errors[0], 'getMany');
    }
  });

  it.each<[string, unknown]>([
    ['null', null],
    ['a number', 7],
    ['an object', { text: '1' }],
    ['a list', ['1']],
    ['a buffer', Buffer.from('1')],
  ])('causes a miss only for the read that gets %s instead of a text', async (_what, wrong) => {
    const { cache, errors } = open({ getMany: async () => [wrong, '2'] });
    expect(await Promise.all([cache.get('a'), cache.get('b')])).toEqual([undefined, 2]);
    expect(errors).toHaveLength(1);
    expectTold(errors[0], 'getMany');
  });

  it.each<[string, unknown]>([
    ['text', { length: 'long' }],
    ['a getter that throws', Object.defineProperty({}, 'length', { get: () => fail() })],
    ['Infinity', { length: Infinity }],
  ])('does not block later reads after it returned objects whose length is %s', async (_what, wrong) => {
    let isWrong = true;
    const { cache } = open({
      get: async () => (isWrong ? wrong : '1'),
      getMany: async (keys: readonly string[]) => keys.map(() => (isWrong ? wrong : '1')),
    });
    await cache.get('key');
    await Promise.all([cache.get('a'), cache.get('b')]);
    isWrong = false;
    expect(await Promise.all([cache.get('a'), cache.get('b'), cache.get('c')])).toEqual([1, 1, 1]);
  });

  it('fails its reads with CACHE_TIMEOUT when it never settles', async () => {
    const { cache, errors } = open({ getMany: () => new Promise(() => {}) });
    expect(await Promise.all([cache.get('a'), cache.get('b')])).toEqual([undefined, undefined]);
    expect(errors).toEqual(Array(2).fill(expect.objectContaining({ code: 'CACHE_TIMEOUT' })));
  });
});

describe('add of a faulty driver', () => {
  const rejects = (failure: unknown) => () => Promise.reject(failure);
  const throws = (failure: unknown) => () => {
    throw failure;
  };
  const wrong: readonly (readonly [string, () => unknown])[] = [
    ...failures.map(([what, failure]) => [`rejects with ${what}`, rejects(failure)] as const),
    ...failures.map(([what, failure]) => [`throws ${what}`, throws(failure)] as const),
    ...[undefined, null, 1, 0, 'OK', '', {}, [true]].map(
      answer => [`resolves with ${JSON.stringify(answer)}`, async () => answer] as const,
    ),
    ['returns a thenable that throws', () => ({ then: () => fail() })],
  ];

  it.each(wrong)('is reported as a fault, and getOrSet still loads the value, when it %s', async (_what, add) => {
    const { cache, faults } = open({ add });
    expect(await extendCache(cache).getOrSet('key', () => 'value', { acrossProcesses: true })).toBe('value');
    expect(faults).toEqual([{ store: 'acme', method: 'add', error: expect.any(CacheError) }]);
    expectTold(faults[0]?.error, 'add');
  });

  it('is reported as CACHE_TIMEOUT, and getOrSet still loads the value, when it never answers', async () => {
    const { cache, faults } = open({ add: () => new Promise(() => {}) });
    expect(await extendCache(cache).getOrSet('key', () => 'value', { acrossProcesses: true })).toBe('value');
    expect(faults).toMatchObject([{ method: 'add', error: { code: 'CACHE_TIMEOUT' } }]);
  });
});

describe('get of a faulty driver', () => {
  it.each<[string, unknown]>([
    ['null', null],
    ['a number', 0],
    ['true', true],
    ['an object', { text: SECRET }],
    ['a list', [SECRET]],
    ['a function', () => SECRET],
    ['a symbol', Symbol(SECRET)],
    ['an object with a then that is not a function', { then: 1 }],
    ['a revoked proxy', untouchable()],
  ])('causes a miss and an error that names get when it returns or resolves with %s', async (_what, answer) => {
    for (const get of [async () => answer, () => answer]) {
      const { cache, errors } = open({ get });
      expect(await cache.get('key')).toBeUndefined();
      expect(errors).toHaveLength(1);
      expectTold(errors[0], 'get');
    }
  });
});

function fail(): never {
  throw new Error(SECRET);
}

describe('a thenable from a driver', () => {
  type Callback = (value?: unknown) => void;
  const calls: readonly (readonly [
    string,
    (resolve: Callback, reject: Callback) => void,
    unknown,
    CacheErrorCode | 'no error',
  ])[] = [
    ['calls back at once', resolve => resolve('1'), 1, 'no error'],
    ['calls back twice', resolve => (resolve('1'), resolve('2')), 1, 'no error'],
    ['calls back and then throws', resolve => (resolve('1'), fail()), 1, 'no error'],
    ['resolves and rejects', (resolve, reject) => (resolve('1'), reject(new Error('late'))), 1, 'no error'],
    ['rejects at once', (_resolve, reject) => reject(new Error(SECRET)), undefined, 'CACHE_UNAVAILABLE'],
    ['never calls back', () => {}, undefined, 'CACHE_TIMEOUT'],
    ['throws', () => fail(), undefined, 'CACHE_UNAVAILABLE'],
  ];

  it.each(calls)('ends an operation once when it %s', async (_what, then, found, code) => {
    const thenable = () => ({ then });
    for (const methods of [
      { get: thenable, set: thenable, delete: thenable },
      { get: () => Object.assign(() => {}, { then }) },
    ]) {
      const { cache, errors } = open(methods);
      expect(await cache.get('key')).toBe(found);
      expect(errors.map(error => isCacheError(error) && error.code)).toEqual(code === 'no error' ? [] : [code]);
      await cache.set('other', 1);
      await cache.delete('third');
      await nextTurn();
      expect(errors.length).toBeLessThanOrEqual(3);
    }
  });

  it('ends an operation once when it is a promise with its own then', async () => {
    const get = () =>
      Object.assign(Promise.resolve('1'), {
        then(resolve: Callback) {
          resolve('2');
          throw new Error(SECRET);
        },
      });
    const { cache, errors } = open({ get });
    expect(await cache.get('key')).toBe(2);
    expect(errors).toEqual([]);
  });

  it('makes close reject with CACHE_TIMEOUT when it never calls back', async () => {
    const { manager } = open({ close: () => ({ then() {} }) });
    await expect(manager.close()).rejects.toMatchObject({ code: 'CACHE_TIMEOUT' });
  });
});

describe('the host that a driver gets', () => {
  it('works when its methods are detached and called in create, in get or in close', async () => {
    const { manager, cache, changes } = open(({ connected, disconnected }) => {
      disconnected(undefined as unknown as CacheError);
      connected();
      return {
        get() {
          connected();
          return undefined;
        },
        close() {
          connected();
          disconnected(new CacheError('CACHE_CLOSED', 'closed'));
        },
      };
    });
    while (changes.at(-1)?.state !== 'available') await nextTurn();
    expect(changes.map(({ state }) => state)).toEqual(['unavailable', 'available']);
    await cache.get('key');
    await manager.close();
    expect(changes).toHaveLength(2);
  });

  it('reports one outage when the driver reports a thousand disconnects and connects in a row', async () => {
    const { host, changes, manager } = open();
    for (let count = 0; count < 1000; count++) {
      host.disconnected(Symbol(SECRET) as unknown as CacheError);
      host.connected();
    }
    while (changes.at(-1)?.state !== 'available') await nextTurn();
    expect(changes.map(({ state }) => state)).toEqual(['unavailable', 'available']);
    await manager.close();
  });
});

describe('connections of a faulty driver', () => {
  it.each<[string, () => unknown]>([
    ['returns NaN', () => NaN],
    ['returns a negative number', () => -1],
    ['returns a text', () => '1'],
    ['returns a rejected promise', () => Promise.reject(new Error(SECRET))],
    ['throws', () => fail()],
  ])('yields undefined and is reported as a fault when it %s', (_what, connections) => {
    const { manager, faults } = open({ connections });
    expect(manager.connections()).toBeUndefined();
    expect(faults).toEqual([expect.objectContaining({ store: 'acme', method: 'connections' })]);
    expectTold(faults[0]?.error, 'connections');
  });
});

describe('a failing clear', () => {
  it.each<[string, () => unknown]>([
    ['asynchronously', () => Promise.reject(new Error(SECRET))],
    ['synchronously', () => fail()],
  ])('is reported as a fault and retried when it fails %s', async (_when, fail) => {
    let times = 0;
    const { cache, faults, host, manager } = open({
      clear: () => {
        if (++times < 3) return fail();
        return undefined;
      },
    });
    host.disconnected(new CacheError('CACHE_UNAVAILABLE', 'away'));
    await Promise.all(Array.from({ length: 10_001 }, (_, index) => cache.delete(`key-${index}`)));
    host.connected();
    while (times < 3) await new Promise(resolve => setTimeout(resolve, 10));
    expect(faults).toHaveLength(2);
    for (const { method, error, pluginId } of faults) {
      expect([method, pluginId]).toEqual(['clear', 'catalog']);
      expectTold(error, 'clear');
    }
    await manager.close();
  });
});

describe('a driver definition', () => {
  const correct = {
    contractVersion: 1,
    store: 'acme',
    parseOptions: () => ({}),
    create: () => ({ get() {}, set() {}, delete() {}, close: async () => {} }),
  };
  const start = (definition: unknown, driverOptions: unknown = {}) =>
    createCacheManager({ driver: definition as CacheDriverDefinition, driverOptions });
  const driverWith = (changes: object) => ({ ...correct, create: () => ({ ...correct.create(), ...changes }) });

  it('is accepted when it is correct, even as a class instance', async () => {
    await start(correct).close();
    await start(driverWith({ getMany: undefined, clear: undefined })).close();
    class Acme {
      readonly contractVersion = 1;
      readonly store = 'acme';
      parseOptions() {
        return {};
      }
      create() {
        return correct.create();
      }
    }
    await start(new Acme()).close();
  });

  it.each<[string, unknown, readonly string[]]>([
    ['undefined', undefined, ['cache driver', 'undefined']],
    ['null', null, ['cache driver', 'null']],
    ['a text', 'acme', ['cache driver', 'a text']],
    ['a function', () => correct, ['cache driver', 'a function']],
    ['a module', { default: correct }, ['cache driver', "'store'"]],
    ['a revoked proxy', untouchable(), ['cache driver']],
    [
      'without a contract version',
      { ...correct, contractVersion: undefined },
      ["'acme'", "'contractVersion'", 'has to be 1'],
    ],
    ['for another contract version', { ...correct, contractVersion: 2 }, ["'acme'", 'version 2', 'version 1']],
    [
      'with a text as contract version',
      { ...correct, contractVersion: '1' },
      ["'acme'", "'contractVersion'", 'a text'],
    ],
    ...['', '__proto__', 'a b', 'a.b', 'a:b', 'ü', 'a/b', 'x'.repeat(65), '\u001b[31m', undefined, 7].map(
      store =>
        [`with the store name ${JSON.stringify(store)}`, { ...correct, store }, ["'store'", 'letters']] as [
          string,
          unknown,
          string[],
        ],
    ),
    ['without create', { ...correct, create: undefined }, ["'acme'", "'create'", 'function']],
    [
      'with a parseOptions that is not a function',
      { ...correct, parseOptions: {} },
      ["'acme'", "'parseOptions'", 'function'],
    ],
    [
      'with an async parseOptions',
      { ...correct, parseOptions: async () => ({}) },
      ["'acme'", "'parseOptions'", 'at once'],
    ],
    ['with an async create', { ...correct, create: async () => correct.create() }, ["'acme'", "'create'", 'at once']],
    [
      'whose create returns a promise',
      { ...correct, create: () => Promise.resolve(correct.create()) },
      ["'acme'", 'a promise'],
    ],
    ['whose create returns undefined', { ...correct, create: () => undefined }, ["'acme'", 'undefined']],
    ['with a policy that is not a function', { ...correct, policy: {} }, ["'acme'", "'policy'"]],
    ...['get', 'set', 'delete', 'close'].map(
      name =>
        [`whose driver has no ${name}`, driverWith({ [name]: undefined }), ["'acme'", `'${name}'`]] as [
          string,
          unknown,
          string[],
        ],
    ),
    ...['getMany', 'clear', 'connections'].map(
      name =>
        [`whose driver has a ${name} that is not a function`, driverWith({ [name]: 7 }), ["'acme'", `'${name}'`]] as [
          string,
          unknown,
          string[],
        ],
    ),
    ...(
      [
        ['namespace', 7],
        ['keyPrefixSeparator', null],
        ['commandTimeoutMs', NaN],
        ['commandTimeoutMs', 0],
        ['commandTimeoutMs', '500'],
        ['verifyEntries', 'yes'],
      ] as const
    ).map(
      ([name, value]) =>
        [
          `with the policy ${name}: ${String(value)}`,
          { ...correct, policy: () => ({ [name]: value }) as DriverPolicy },
          ["'acme'", `'${name}'`],
        ] as [string, unknown, string[]],
    ),
    ['whose policy returns null', { ...correct, policy: () => null }, ["'acme'", 'policy']],
    ['whose policy returns a promise', { ...correct, policy: () => Promise.resolve({}) }, ["'acme'", "'policy'"]],
    ...(['policy', 'create'] as const).map(
      name =>
        [
          `whose ${name} throws`,
          {
            ...correct,
            [name]() {
              throw new TypeError(`Invalid URL: redis://u:${SECRET}@host`);
            },
          },
          ["'acme'", `'${name}'`],
        ] as [string, unknown, string[]],
    ),
  ])('is refused with a CACHE_CONFIG error that names the fault (definition: %s)', async (_what, definition, parts) => {
    let thrown: unknown;
    try {
      start(definition);
    } catch (error) {
      thrown = error;
    }
    if (!(thrown instanceof CacheError)) throw new Error('It has been taken');
    expect(thrown.code).toBe('CACHE_CONFIG');
    for (const part of parts) expect(thrown.message).toContain(part);
    expect(thrown.message).not.toContain(SECRET);
    expect(thrown.cause).toBeUndefined();
    await nextTurn();
  });

  it('is refused when the driver options are a promise', async () => {
    expect(() => start(correct, Promise.reject(new Error(SECRET)))).toThrow("'acme' gives a promise in 'parseOptions'");
    await nextTurn();
  });

  it('is refused, and its driver is closed, when that driver is invalid', async () => {
    const close = jest.fn(async () => {});
    expect(() => start(driverWith({ get: undefined, close }))).toThrow("'get'");
    expect(() => start({ ...correct, create: () => Promise.resolve({ ...correct.create(), close }) })).toThrow(
      'promise',
    );
    await nextTurn();
    expect(close).toHaveBeenCalledTimes(2);
  });
});

describe('an error of any kind', () => {
  it.each(failures)('does not make isCacheError throw: %s', (_what, failure) => {
    expect(() => isCacheError(failure)).not.toThrow();
  });
});

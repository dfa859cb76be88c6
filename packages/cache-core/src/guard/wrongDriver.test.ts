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
  ['an object without prototype', Object.assign(Object.create(null) as object, { reason: SECRET })],
  ['a function', () => SECRET],
  ['an error whose code throws', throwing('code')],
  ['an error whose message throws', throwing('message')],
  ['an error whose code is one of ours, with a message that is no text', { code: 'CACHE_TIMEOUT', message: {} }],
  ['a proxy that cannot be touched', untouchable()],
];

describe('a driver that fails with', () => {
  it.each(failures)('%s costs a miss and a clear error, at once or later', async (_what, failure) => {
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
  });

  it.each(failures)('%s in getMany costs misses, and the error names getMany', async (_what, failure) => {
    const throws = () => {
      throw failure;
    };
    for (const getMany of [() => Promise.reject(failure), throws]) {
      const { cache, errors } = open({ getMany });
      expect(await Promise.all([cache.get('a'), cache.get('b')])).toEqual([undefined, undefined]);
      expect(errors).toHaveLength(2);
      expectTold(errors[0], 'getMany');
    }
  });

  it.each(failures)('%s in close rejects the close with a CacheError', async (_what, failure) => {
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
    '%s in disconnected makes the store unavailable, and its text is not shown',
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

  it('a CacheError passes that error on', async () => {
    const refused = new CacheError('CACHE_REFUSED', 'Acme answered 503');
    const { cache, errors } = open({ get: () => Promise.reject(refused) });
    await cache.get('key');
    expect(errors).toEqual([refused]);
  });

  it.each<[string, Error]>([
    ['whose then throws', Object.defineProperty(new CacheError('CACHE_REFUSED', 'why'), 'then', { get: () => fail() })],
    ['in a proxy', new Proxy(new CacheError('CACHE_REFUSED', 'why'), {})],
    [
      'whose fields are computed',
      {
        get code() {
          return 'CACHE_REFUSED';
        },
        get message() {
          return 'why';
        },
      } as unknown as Error,
    ],
  ])('a CacheError %s is shown as one that can be kept', async (_what, failure) => {
    const get = async () => {
      throw failure;
    };
    const { cache, errors } = open({ get });
    await cache.get('key');
    expect(errors[0]).not.toBe(failure);
    expect(errors[0]).toMatchObject({ code: 'CACHE_REFUSED', message: 'why' });
  });

  it('an error that cannot be inspected goes on removing stale keys', async () => {
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

describe('a getMany that resolves', () => {
  const list = (...texts: unknown[]) => texts;
  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['too few texts', list('1')],
    ['too many texts', list('1', '2', '3')],
    ['an object', { 0: '1', 1: '2', length: 2 }],
    ['a text', '12'],
    ['a map', new Map([['catalog:a', '1']])],
    ['a list whose texts throw', Object.defineProperty(['1', '2'], 1, { get: () => fail() })],
    ['a proxy that cannot be touched', untouchable()],
  ])('%s costs misses and a clear error, also as it is without a promise', async (_what, answer) => {
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
  ])('%s in the place of a text costs that one', async (_what, wrong) => {
    const { cache, errors } = open({ getMany: async () => [wrong, '2'] });
    expect(await Promise.all([cache.get('a'), cache.get('b')])).toEqual([undefined, 2]);
    expect(errors).toHaveLength(1);
    expectTold(errors[0], 'getMany');
  });

  it.each<[string, unknown]>([
    ['a text', { length: 'long' }],
    ['not there because it throws', Object.defineProperty({}, 'length', { get: () => fail() })],
    ['larger than anything', { length: Infinity }],
  ])('objects whose length is %s does not hold up later reads', async (_what, wrong) => {
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

  it('settles before the deadline', async () => {
    const { cache, errors } = open({ getMany: () => new Promise(() => {}) });
    expect(await Promise.all([cache.get('a'), cache.get('b')])).toEqual([undefined, undefined]);
    expect(errors).toEqual(Array(2).fill(expect.objectContaining({ code: 'CACHE_TIMEOUT' })));
  });
});

describe('an add that', () => {
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
    ['gives a thenable that throws', () => ({ then: () => fail() })],
  ];

  it.each(wrong)('%s costs a clear error, and nobody waits', async (_what, add) => {
    const { cache, faults } = open({ add });
    expect(await extendCache(cache).getOrSet('key', () => 'value', { acrossProcesses: true })).toBe('value');
    expect(faults).toEqual([{ store: 'acme', method: 'add', error: expect.any(CacheError) }]);
    expectTold(faults[0]?.error, 'add');
  });

  it('never answers is waited for until the deadline', async () => {
    const { cache, faults } = open({ add: () => new Promise(() => {}) });
    expect(await extendCache(cache).getOrSet('key', () => 'value', { acrossProcesses: true })).toBe('value');
    expect(faults).toMatchObject([{ method: 'add', error: { code: 'CACHE_TIMEOUT' } }]);
  });
});

describe('a get that gives', () => {
  it.each<[string, unknown]>([
    ['null', null],
    ['a number', 0],
    ['true', true],
    ['an object', { text: SECRET }],
    ['a list', [SECRET]],
    ['a function', () => SECRET],
    ['a symbol', Symbol(SECRET)],
    ['an object with a then that is none', { then: 1 }],
    ['a proxy that cannot be touched', untouchable()],
  ])('%s is a miss and a clear error, at once or later', async (_what, answer) => {
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

describe('a thenable that', () => {
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

  it.each(calls)('%s ends an operation once', async (_what, then, found, code) => {
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

  it('is a promise with a then of its own ends an operation once', async () => {
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

  it('never calls back does not hold up a close', async () => {
    const { manager } = open({ close: () => ({ then() {} }) });
    await expect(manager.close()).rejects.toMatchObject({ code: 'CACHE_TIMEOUT' });
  });
});

describe('the host that a driver gets', () => {
  it('works when its methods are detached, in create, thousands of times and after close', async () => {
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

  it('may be called a thousand times in a row', async () => {
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

describe('connections that are', () => {
  it.each<[string, () => unknown]>([
    ['NaN', () => NaN],
    ['less than none', () => -1],
    ['a text', () => '1'],
    ['a rejected promise', () => Promise.reject(new Error(SECRET))],
    ['not there because it throws', () => fail()],
  ])('%s are not counted, and told as a fault', (_what, connections) => {
    const { manager, faults } = open({ connections });
    expect(manager.connections()).toBeUndefined();
    expect(faults).toEqual([expect.objectContaining({ store: 'acme', method: 'connections' })]);
    expectTold(faults[0]?.error, 'connections');
  });
});

describe('a clear that fails', () => {
  it.each<[string, () => unknown]>([
    ['later', () => Promise.reject(new Error(SECRET))],
    ['at once', () => fail()],
  ])('%s is reported as a fault, and tried again', async (_when, fail) => {
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

describe('a definition that is wrong', () => {
  const correct = {
    contractVersion: 1,
    store: 'acme',
    parseOptions: () => ({}),
    create: () => ({ get() {}, set() {}, delete() {}, close: async () => {} }),
  };
  const start = (definition: unknown, driverOptions: unknown = {}) =>
    createCacheManager({ driver: definition as CacheDriverDefinition, driverOptions });
  const driverWith = (changes: object) => ({ ...correct, create: () => ({ ...correct.create(), ...changes }) });

  it('is not reported for a right one', async () => {
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
    ['a proxy that cannot be touched', untouchable(), ['cache driver']],
    ['without a version', { ...correct, contractVersion: undefined }, ["'acme'", "'contractVersion'", 'has to be 1']],
    ['for another version', { ...correct, contractVersion: 2 }, ["'acme'", 'version 2', 'version 1']],
    ['with a version in text', { ...correct, contractVersion: '1' }, ["'acme'", "'contractVersion'", 'a text']],
    ...['', '__proto__', 'a b', 'a.b', 'a:b', 'ü', 'a/b', 'x'.repeat(65), '\u001b[31m', undefined, 7].map(
      store =>
        [`called ${JSON.stringify(store)}`, { ...correct, store }, ["'store'", 'letters']] as [
          string,
          unknown,
          string[],
        ],
    ),
    ['without create', { ...correct, create: undefined }, ["'acme'", "'create'", 'function']],
    ['without parseOptions', { ...correct, parseOptions: {} }, ["'acme'", "'parseOptions'", 'function']],
    [
      'with an async parseOptions',
      { ...correct, parseOptions: async () => ({}) },
      ["'acme'", "'parseOptions'", 'at once'],
    ],
    ['with an async create', { ...correct, create: async () => correct.create() }, ["'acme'", "'create'", 'at once']],
    [
      'whose create gives a promise',
      { ...correct, create: () => Promise.resolve(correct.create()) },
      ["'acme'", 'a promise'],
    ],
    ['whose create gives nothing', { ...correct, create: () => undefined }, ["'acme'", 'undefined']],
    ['with a policy that is no function', { ...correct, policy: {} }, ["'acme'", "'policy'"]],
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
        [`whose driver has no function for ${name}`, driverWith({ [name]: 7 }), ["'acme'", `'${name}'`]] as [
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
    ['with a policy of nothing', { ...correct, policy: () => null }, ["'acme'", 'policy']],
    ['with a policy that comes later', { ...correct, policy: () => Promise.resolve({}) }, ["'acme'", "'policy'"]],
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
  ])('%s is refused with what is wrong', async (_what, definition, parts) => {
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

  it('is reported when its options are a promise', async () => {
    expect(() => start(correct, Promise.reject(new Error(SECRET)))).toThrow("'acme' gives a promise in 'parseOptions'");
    await nextTurn();
  });

  it('has what it created closed when that is no driver', async () => {
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
  it.each(failures)('can be passed to isCacheError: %s', (_what, failure) => {
    expect(() => isCacheError(failure)).not.toThrow();
  });
});

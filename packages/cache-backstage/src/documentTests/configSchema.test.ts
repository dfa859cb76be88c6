import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { loadConfigSchema } from '@backstage/config-loader';
import type { JsonObject, JsonValue } from '@backstage/types';
import { createCommonSchema, createConfigSource, toConfigSchema } from '@greenroom/cache-core';
import type { CacheDriverDefinition } from '@greenroom/cache-core';
import { memcacheDriver, memcacheSchema } from '@greenroom/cache-memcache';
import { memoryDriver, memorySchema } from '@greenroom/cache-memory';
import { redisDriver, redisSchema } from '@greenroom/cache-redis';
import { valkeyDriver, valkeySchema } from '@greenroom/cache-valkey';
import { parse } from 'yaml';
import { fillIn, listOptions } from '../testSupport/schemaOptions';
import type { JsonSchema } from '../testSupport/schemaOptions';
import { runSchemaScript } from '../testSupport/writingADriver';

const root = join(__dirname, '../../../..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const readJson = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as JsonObject;

/** Reads a schema as Backstage does: from the package manifest or the file that it names. */
function readSchema(packageFolder: string) {
  const { name, configSchema } = readJson(join(packageFolder, 'package.json'));
  const value = typeof configSchema === 'string' ? readJson(join(packageFolder, configSchema)) : configSchema;
  return { packageName: name as string, path: packageFolder, value: value as JsonObject };
}
const ownSchema = (store: string) => readSchema(join(root, 'packages', `cache-${store}`)).value as JsonSchema;
const backstageSchema = readSchema(join(__dirname, '../../node_modules/@backstage/backend-defaults'));
const schemasIn = (parent: string) =>
  readdirSync(join(root, parent))
    .map(name => join(root, parent, name))
    .filter(folder => readJson(join(folder, 'package.json')).configSchema !== undefined)
    .map(readSchema);
const ownSchemas = schemasIn('packages');
const exampleSchemas = schemasIn('examples');
const written = runSchemaScript();
/** The schema of the package in docs/writing-a-driver.md. */
const writtenSchema = {
  ...{ packageName: 'acme-cache-driver', path: 'docs/writing-a-driver.md' },
  value: JSON.parse(written.text) as JsonObject,
};
const allSchemas = [backstageSchema, ...ownSchemas, ...exampleSchemas, writtenSchema];

const load = (schemas: typeof ownSchemas) =>
  loadConfigSchema({ serialized: { schemas, backstageConfigSchemaVersion: 1 }, noUndeclaredProperties: true });
const [strict, strictAlone] = [load(allSchemas), load([backstageSchema])];
/** The schema of an app, which Backstage puts together from the dependencies, for example when it starts. */
const inApp = loadConfigSchema({
  dependencies: [],
  packagePaths: [join(root, 'examples/backstage-backend/package.json')],
});

/** The other settings that Backstage's schema requires. */
const required = {
  baseUrl: 'http://localhost',
  listen: 7007,
  database: { client: 'better-sqlite3', connection: ':memory:' },
};

/** Checks a configuration as `config:check --strict` does. */
async function check(backend: JsonObject, schema = strict): Promise<void> {
  const data = { app: { baseUrl: 'http://localhost' }, backend: { ...required, ...backend } };
  (await schema).process([{ context: 'test', data }]);
}

/** The values that Backstage keeps out of its log. */
async function findSecrets(cache: JsonObject): Promise<JsonValue | undefined> {
  const [secrets] = (await inApp).process([{ context: 'test', data: { backend: { cache } } }], {
    visibility: ['secret'],
    ignoreSchemaErrors: true,
  });
  return (secrets?.data.backend as JsonObject | undefined)?.cache;
}

const documents = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter(name => name.endsWith('.md'))
    .map(name => `docs/${name}`),
  ...['packages', 'examples'].flatMap(folder =>
    readdirSync(join(root, folder)).map(name => `${folder}/${name}/README.md`),
  ),
];

/**
 * The configurations in the documents. Each is complete, so that it can be copied. A file of another program has its name in the first
 * line.
 */
const examples = documents.flatMap(document =>
  [...read(document).matchAll(/```yaml\n(?! *# (?!app-config)[\w-]+\.yaml\n)(.*?)```/gs)].map(
    ([, yaml = ''], index) => {
      const content = parse(yaml, (_key, value: unknown) =>
        isInclude(value) ? rootCertificates[0] : value,
      ) as JsonObject;
      if (!isSection(content.backend)) throw new Error(`${document}: example ${index + 1} has no section 'backend'`);
      return { document, number: index + 1, backend: content.backend };
    },
  ),
);

function isSection(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isInclude(value: unknown): boolean {
  return typeof value === 'object' && value !== null && '$file' in value;
}

const describedOptions = [memorySchema, redisSchema, valkeySchema, memcacheSchema];

it.each(describedOptions)(
  'the schema file of cache-$store matches its options (to fix: npm run fix:schemas)',
  schema => {
    expect(ownSchema(schema.store)).toEqual(toConfigSchema(schema));
  },
);

it('the schema file of cache-backstage matches the options of every store (to fix: npm run fix:schemas)', () => {
  expect(ownSchema('backstage')).toEqual(createCommonSchema());
});

it('the script in docs/writing-a-driver.md writes the schema file that the package publishes', () => {
  const { manifest, file } = written;
  expect(file).toBe(manifest.configSchema);
  expect(manifest.files).toContain(file);
});

it('Backstage finds the schemas of Greenroom and of a driver through the dependencies of an app', async () => {
  const { schemas } = (await inApp).serialize() as unknown as { schemas: { packageName: string }[] };
  const found = new Set(schemas.map(({ packageName }) => packageName));
  const ofFiles = '@greenroom/example-file-driver';
  const names = [backstageSchema, ...ownSchemas].map(({ packageName }) => packageName);
  for (const packageName of [...names, ofFiles]) expect(found).toContain(packageName);
});

describe("a strict check of the configuration, together with Backstage's schema", () => {
  it('covers a documented example of every store', () => {
    const stores = examples.map(({ backend }) => (backend.cache as JsonObject).store);
    expect([...new Set(stores)].sort()).toEqual(['memcache', 'memory', 'redis', 'valkey']);
  });

  it.each(examples)('accepts example $number in $document', async ({ backend }) => {
    await expect(check(backend)).resolves.toBeUndefined();
  });

  it('accepts the configuration of the example backend', async () => {
    const { backend } = parse(read('examples/backstage-backend/app-config.yaml')) as {
      backend: JsonObject;
    };
    await expect(check(backend)).resolves.toBeUndefined();
  });

  const redis = { store: 'redis', connection: 'redis://host' };
  const valid: JsonObject[] = [
    { store: 'memory' },
    { store: 'memory', defaultTtl: { minutes: 5 } },
    { ...redis, defaultTtl: 5000 },
    { ...redis, connection: 'unix:/run/redis.sock' },
    {
      ...redis,
      connection: {
        url: 'redis://host',
        disableOfflineQueue: true,
        commandsQueueMaxLength: 5,
        socket: { path: '/run/s' },
      },
    },
    { ...redis, connection: { url: 'redis://host', pingInterval: 60_000, socket: { keepAlive: true } } },
    {
      ...redis,
      redis: {
        client: {
          ...{ namespace: 'a', keyPrefixSeparator: '!', clearBatchSize: 5, useUnlink: true },
          noNamespaceAffectsAll: true,
        },
        cluster: { rootNodes: [{ url: 'redis://host' }], defaults: { pingInterval: 5000 }, useReplicas: true },
      },
    },
    {
      ...{ store: 'valkey', connection: 'redis://host' },
      valkey: { client: { keyPrefix: 'a:' }, cluster: { rootNodes: [{ url: 'redis://host' }], useReplicas: true } },
    },
    { store: 'memcache', connection: 'user:pass@host:11211' },
    { store: 'infinispan', infinispan: { cacheName: 'a' } },
  ];
  it.each(valid)("accepts a configuration that Backstage's own schema accepts: %j", async cache => {
    await expect(check({ cache }, strictAlone)).resolves.toBeUndefined();
    await expect(check({ cache })).resolves.toBeUndefined();
  });

  const policies: JsonObject = {
    maxTtl: '1 day',
    plugin: {
      auth: { encrypt: true, maxTtl: 5000 },
      catalog: { enabled: false, defaultTtl: { hours: 1 }, maxTtl: 'PT2H', maxValueBytes: 1000 },
      search: { enabled: 'true', maxValueBytes: '1000' },
      'my-plugin_2': {},
    },
    encryption: { keys: [{ secret: 'a' }, { secret: 'b' }] },
  };
  it.each(valid)(
    "accepts plugin policies added to a configuration that Backstage's own schema accepts: %j",
    async cache => {
      await expect(check({ cache: { ...cache, ...policies } })).resolves.toBeUndefined();
    },
  );

  const nearCaches: JsonObject[] = [
    { near: true },
    { near: 'false' },
    { near: { maxStaleness: '2s', maxBytes: 1_048_576 }, plugin: { search: { near: false } } },
    { near: { enabled: false, maxStaleness: 500 }, plugin: { auth: { near: true }, catalog: { near: {} } } },
    { plugin: { catalog: { near: { maxStaleness: { seconds: 2 } } }, 'my-plugin_2': { near: 'true' } } },
  ];
  it.each(valid)(
    "accepts near caches added to a configuration that Backstage's own schema accepts: %j",
    async cache => {
      for (const near of nearCaches) await expect(check({ cache: { ...cache, ...near } })).resolves.toBeUndefined();
    },
  );

  it.each<[JsonObject, string]>([
    [{ plugin: { auth: { enabled: 'maybe' } } }, 'boolean { type=boolean } at /backend/cache/plugin/auth/enabled'],
    [
      { plugin: { auth: { maxValueBytes: 0 } } },
      '>= 1 { comparison=>= limit=1 } at /backend/cache/plugin/auth/maxValueBytes',
    ],
    [
      { plugin: { auth: { maxTtl: true, encrypt: [] } } },
      'boolean { type=boolean } at /backend/cache/plugin/auth/encrypt',
    ],
    [{ near: { maxBytes: 65_535 } }, '>= 65536 { comparison=>= limit=65536 } at /backend/cache/near/maxBytes'],
    [{ near: { enabled: 'maybe' } }, 'boolean { type=boolean } at /backend/cache/near/enabled'],
    [{ near: '2s' }, 'boolean { type=boolean } at /backend/cache/near'],
    [{ near: [] }, 'boolean { type=boolean } at /backend/cache/near'],
    [{ plugin: { auth: { near: '2s' } } }, 'boolean { type=boolean } at /backend/cache/plugin/auth/near'],
    [
      { plugin: { auth: { near: { maxStaleness: [] } } } },
      'number { type=number } at /backend/cache/plugin/auth/near/maxStaleness',
    ],
    [{ plugin: { auth: 'off' } }, 'object { type=object } at /backend/cache/plugin/auth'],
    [{ plugin: 'off' }, 'object { type=object } at /backend/cache/plugin'],
    [{ encryption: { keys: 'a' } }, 'array { type=array } at /backend/cache/encryption/keys'],
    [{ encryption: { keys: ['a'] } }, 'object { type=object } at /backend/cache/encryption/keys/0'],
  ])('rejects an invalid value of a policy, near cache or encryption option: %j', async (wrong, message) => {
    for (const cache of valid) await expect(check({ cache: { ...cache, ...wrong } })).rejects.toThrow(message);
  });

  it.each<[string, JsonObject]>([
    ['maxTTL', { store: 'memory', maxTTL: '1h' }],
    ['plugins', { ...redis, plugins: { auth: {} } }],
    ['encript', { ...redis, plugin: { auth: { encript: true } } }],
    ['enable', { store: 'memcache', connection: 'host', plugin: { auth: { enable: true } } }],
    ['neer', { ...redis, neer: true }],
    ['maxstaleness', { store: 'memory', near: { maxstaleness: '2s' } }],
    ['maxBytes', { store: 'memcache', connection: 'host', plugin: { auth: { near: { maxBytes: 65_536 } } } }],
    ['key', { store: 'valkey', connection: 'redis://host', encryption: { key: [] } }],
    ['id', { store: 'infinispan', infinispan: { cacheName: 'a' }, encryption: { keys: [{ id: 'a', secret: 'b' }] } }],
    ['defaultTTL', { store: 'memory', defaultTTL: '1h' }],
    ['maxByte', { store: 'memory', memory: { maxByte: 1000 } }],
    ['drivr', { store: 'memory', drivr: 'acme' }],
    ['comandTimeout', { ...redis, redis: { client: { comandTimeout: 5 } } }],
    ['clinet', { ...redis, redis: { clinet: { namespace: 'a' } } }],
    ['pasword', { ...redis, redis: { cluster: { rootNodes: [{ url: 'redis://host', pasword: 'x' }] } } }],
    [
      'usename',
      { ...redis, redis: { sentinel: { name: 'a', rootNodes: [{ host: 'a' }], defaults: { usename: 'a' } } } },
    ],
    ['keyPrefx', { store: 'valkey', connection: 'redis://host', valkey: { client: { keyPrefx: 'a:' } } }],
    ['maxValueByte', { store: 'memcache', connection: 'host', memcache: { client: { maxValueByte: 5 } } }],
    ['ulr', { store: 'memory', driver: 'acme', acme: { ulr: 'a' } }],
    ['directry', { store: 'memory', driver: 'file', file: { directry: 'a' } }],
  ])('rejects the misspelt key %s', async (name, cache) => {
    await expect(check({ cache })).rejects.toThrow(`additionalProperty=${name}`);
  });

  // As documented, the schema checks names, types and ranges, but not the content of strings.
  it.each([
    { connection: 'http://host' },
    { connection: 'redis://host', redis: { client: { commandTimeout: 'soon' } } },
    { connection: 'redis://host', redis: { client: { namespace: 'x'.repeat(200) } } },
  ])('accepts an invalid string, which only the driver rejects: %j', async wrong => {
    const cache: JsonObject = { store: 'redis', ...wrong };
    await expect(check({ cache })).resolves.toBeUndefined();
    expect(() => redisDriver.parseOptions(createConfigSource(cache, 'backend.cache'))).toThrow('backend.cache.');
  });

  it('accepts a number as a string, and so does the driver', async () => {
    const memory = { maxBytes: '1000' };
    await expect(check({ cache: { store: 'memory', memory } })).resolves.toBeUndefined();
    expect(memoryDriver.parseOptions(createConfigSource({ memory }, 'backend.cache'))).toEqual({ maxBytes: 1000 });
  });
});

it.each(examples)('the driver of the store parses example $number in $document without a warning', ({ backend }) => {
  const cache = backend.cache as JsonObject;
  const driver = drivers.find(({ store }) => store === cache.store);
  const warnings: string[] = [];
  const source = createConfigSource(cache, 'cache', message => warnings.push(message));
  expect(() => driver?.parseOptions(source)).not.toThrow();
  expect(warnings).toEqual([]);
});

describe('the values that Backstage treats as secret', () => {
  const access = {
    username: 'backstage',
    password: 'p1',
    tls: { ca: 'public', cert: 'public', key: 'k1', passphrase: 'p2', servername: 'public' },
  };
  const secretsOfAccess = { password: 'p1', tls: { key: 'k1', passphrase: 'p2' } };

  it.each(['memory', 'redis', 'valkey', 'memcache', 'infinispan'])(
    'include the encryption keys with store %s, but no plugin policy',
    async store => {
      const cache = { store, connection: 'redis://host', plugin: { auth: { encrypt: true } } };
      const encryption = { keys: [{ secret: 's1' }, { secret: 's2' }] };
      expect(await findSecrets({ ...cache, encryption })).toMatchObject({ encryption });
      expect(await findSecrets({ ...cache, encryption })).not.toHaveProperty('plugin');
    },
  );

  it.each(['redis', 'valkey', 'memcache'])('include the whole connection string of %s', async store => {
    const connection = 'redis://user:pass@host';
    expect(await findSecrets({ store, connection })).toEqual({ connection });
  });

  it.each(['redis', 'valkey', 'memcache'])(
    'are only url, password, key and passphrase in a connection object of %s',
    async store => {
      expect(await findSecrets({ store, connection: { url: 'redis://host', ...access } })).toEqual({
        connection: { url: 'redis://host', ...secretsOfAccess },
      });
    },
  );

  it.each(['redis', 'valkey'])(
    'are only url, password, key and passphrase in the nodes and defaults of %s',
    async section => {
      const node = { url: 'redis://host', ...access, socket: { host: 'host', key: 'k2', tls: { passphrase: 'p3' } } };
      const secretsOfNode = {
        ...{ url: 'redis://host', ...secretsOfAccess },
        socket: { key: 'k2', tls: { passphrase: 'p3' } },
      };
      const { url: _url, ...defaults } = node;
      const { url: _secretUrl, ...secretsOfDefaults } = secretsOfNode;
      const cache = {
        store: section,
        connection: 'redis://host',
        [section]: {
          cluster: { rootNodes: [node], defaults },
          sentinel: { name: 'a', rootNodes: [node], defaults, sentinelDefaults: defaults },
        },
      };
      expect(await findSecrets(cache)).toEqual({
        connection: 'redis://host',
        [section]: {
          cluster: { rootNodes: [secretsOfNode], defaults: secretsOfDefaults },
          sentinel: {
            rootNodes: [secretsOfNode],
            defaults: secretsOfDefaults,
            sentinelDefaults: secretsOfDefaults,
          },
        },
      });
    },
  );
});

interface DocumentedOption {
  readonly heading: string;
  readonly key: string;
  readonly defaultValue: string;
}

const configuration = read('docs/configuration.md');

/** The table rows of docs/configuration.md, one for each option name in a row. */
const documented: readonly DocumentedOption[] = configuration.split(/^##+ /m).flatMap(section => {
  const [heading = ''] = section.split('\n');
  return [...section.matchAll(/^\| *(`.*?) *\|(.*)\|(.*)\| *(.*?) *\|$/gm)].flatMap(([, keys = '', , , value = '']) =>
    [...keys.matchAll(/`(.*?)`/g)].map(([, key = '']) => ({ heading, key, defaultValue: value.replaceAll('`', '') })),
  );
});

/** Heading and key of a schema option in docs/configuration.md. */
function toDocumented(store: string, path: string): Pick<DocumentedOption, 'heading' | 'key'> {
  const headings: Record<string, string> = {
    memory: 'Memory',
    redis: 'Redis',
    valkey: 'Valkey',
    memcache: 'Memcached',
  };
  const [, inNode] = /^(?:connection|\w+\.\w+\.(?:rootNodes\[\]|\w*[dD]efaults))\.(.*)$/.exec(path) ?? [];
  if (inNode !== undefined) {
    const tlsSetting = /^(?:socket\.)?(?:tls\.)?(ca|cert|key|passphrase|servername|rejectUnauthorized)$/;
    const heading = store === 'memcache' ? 'Memcached' : 'A server of Redis or Valkey';
    return { heading, key: inNode.replace(tlsSetting, 'tls.$1') };
  }
  const [, topology, option] = /^(?:redis|valkey)\.(cluster|sentinel)\.(.*)$/.exec(path) ?? [];
  if (topology) {
    return { heading: topology === 'cluster' ? 'A cluster' : 'Sentinels', key: `redis.${topology}.${option}` };
  }
  if (path.startsWith('plugin.')) return { heading: 'One plugin', key: path };
  if (/^near\b/.test(path)) return { heading: 'Near cache', key: path };
  if (path.startsWith('encryption.')) return { heading: 'Encryption of values', key: path };
  // The Valkey store reads the section of Redis as well.
  return { heading: headings[path.startsWith('redis.') ? 'redis' : store] ?? 'All stores', key: path };
}

/** The default of an option as the documents write it. */
function defaultOf({ description = '', default: value, properties }: JsonSchema): string {
  const [, inWords] = /Default: (.*)\.$/.exec(description) ?? [];
  if (/\brequired\b/.test(description)) return 'required';
  if (inWords !== undefined) return inWords.replaceAll('`', '');
  return value === undefined && properties ? 'none' : String(value);
}

const drivers: readonly CacheDriverDefinition[] = [memoryDriver, redisDriver, valkeyDriver, memcacheDriver];
const stores = ['backstage', ...drivers.map(({ store }) => store)];

/** The `@defaultValue` of each option in a source file, without digit groups and explanations. */
function readDefaults(source: string): [name: string, defaultValue: string][] {
  return [...read(source).matchAll(/@defaultValue ([^\n]*?)\s*\*\/\s*readonly (\w+?)(?:Ms)?\?:/g)].map(
    ([, value = '', name = '']) => [name, value.replace(/ \(.*\)$/, '').replace(/[`,]/g, '')],
  );
}

describe('docs/configuration.md', () => {
  const isGroup = (option: JsonSchema) =>
    option.properties !== undefined || typeof option.additionalProperties === 'object';
  const hasEffect = (option: JsonSchema) => option.description !== 'Accepted without effect.';
  const inSchemas = stores.flatMap(store =>
    listOptions(ownSchema(store)).map(option => ({ ...option, ...toDocumented(store, option.path) })),
  );

  it('lists every option of the schemas, and no other', () => {
    const wanted = inSchemas.filter(({ schema, path }) => hasEffect(schema) && !isSection(schema, path));
    const toText = ({ heading, key }: Pick<DocumentedOption, 'heading' | 'key'>) => `${heading}: ${key}`;
    expect([...new Set(documented.map(toText))].sort()).toEqual([...new Set(wanted.map(toText))].sort());
    // `socket`, `cluster` and `sentinel` have no row of their own: their options have.
    function isSection(schema: JsonSchema, path: string) {
      return isGroup(schema) && !/[dD]efaults$/.test(path);
    }
  });

  it('mentions every option that is accepted without effect', () => {
    const names = inSchemas.filter(({ schema }) => !hasEffect(schema)).map(({ path }) => path.split('.').at(-1));
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) expect(configuration).toContain(`\`${name}\``);
  });

  it.each(documented)('shows the default of the schema for $key under $heading', ({ heading, key, defaultValue }) => {
    const options = inSchemas.filter(option => option.heading === heading && option.key === key);
    for (const { schema } of options) expect(defaultValue.replace(/ \(.*\)$/, '')).toBe(defaultOf(schema));
  });
});

describe.each(stores)('the options in the README of cache-%s', store => {
  const [, section = ''] = /^## Options\n(.*?)^## /ms.exec(read(`packages/cache-${store}/README.md`)) ?? [];
  const rows = [...section.matchAll(/^\| *`(.*?)` *\|.*\| *(.*?) *\|$/gm)].map(([, key = '', value = '']) => ({
    key,
    value: value.replace(/ \(.*\)$/, '').replace(/[`,]/g, ''),
  }));
  const options = listOptions(ownSchema(store)).filter(
    ({ path, schema }) =>
      schema.description !== 'Accepted without effect.' && (store === 'redis' || !/^redis\./.test(path)),
  );
  /** The options of servers are described in docs/configuration.md alone. */
  const isOfServers = (path: string) => /^connection\.|\.(cluster|sentinel)\./.test(path);
  const toMs = (value: string) =>
    value.replace(/^(\d+) (ms|s)$/, (_, count, unit) => String(Number(count) * (unit === 's' ? 1000 : 1)));

  it('match the options of the schema', () => {
    expect(rows.map(({ key }) => key).filter(key => !options.some(({ path }) => path === key))).toEqual([]);
    const named = options.map(({ path }) => path).filter(path => !isOfServers(path) && !isSection(path));
    expect(named.filter(path => !section.includes(`\`${path}\``))).toEqual([]);
    expect(named.length).toBeGreaterThan(1);
    function isSection(path: string) {
      return options.some(other => other.path.startsWith(`${path}.`) && !isOfServers(other.path));
    }
  });

  it.each(rows)('show the default of the schema for $key', ({ key, value }) => {
    const schemas = options.filter(({ path }) => path === key).map(option => option.schema);
    expect([...new Set(schemas.map(defaultOf))]).toEqual([toMs(value)]);
  });
});

describe('the defaults in the code', () => {
  const sources = [
    ...['packages/cache-memory/src/memoryOptions.ts', 'packages/cache-memcache/src/options/memcacheOptions.ts'],
    ...['internal/redis-common/src/config/clientSettings.ts', 'internal/redis-common/src/config/topology.ts'],
  ];
  const defaults = sources.flatMap(source => readDefaults(source).map(([name, value]) => ({ source, name, value })));

  it.each(defaults)('match docs/configuration.md: $name in $source', ({ name, value }) => {
    const rows = documented.filter(({ key }) => key.split('.').at(-1) === name);
    expect(rows.map(({ defaultValue }) => defaultValue.replace(/ \(.*\)$/, ''))).toContain(value);
  });

  it('include those of maxBytes, maxEntries, maxValueBytes, commandTimeout and clearBatchSize', () => {
    expect(defaults.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['maxBytes', 'maxEntries', 'maxValueBytes', 'commandTimeout', 'clearBatchSize']),
    );
  });
});

describe.each(drivers)('the schema of $store', driver => {
  const schema = ownSchema(driver.store);
  const options = listOptions(schema);
  /** The branch of this store, together with the options that all stores share. */
  const { anyOf: [choice = {}] = [], ...besides } = schema.properties?.backend?.properties?.cache ?? {};
  const { store: _store, ...inChoice } = choice.properties ?? {};
  const cacheSchema = { properties: { ...inChoice, ...besides.properties } };

  /** Every option that the driver reads, for each shape of connection and servers. */
  function askedPaths(): Set<string> {
    const asked = new Set<string>();
    const url = driver.store === 'memcache' ? 'host:11211' : 'redis://host:6379';
    const pem = { ca: undefined, cert: undefined, key: undefined, passphrase: undefined };
    const values = {
      url,
      host: 'host',
      port: 6379,
      path: undefined,
      database: 0,
      db: 0,
      namespace: undefined,
      keyPrefixSeparator: undefined,
      ...pem,
    };
    const { connection, ...sections } = fillIn(cacheSchema, values) as Record<string, JsonObject>;
    for (const [name, { cluster, sentinel, ...alone }] of Object.entries(sections)) {
      for (const servers of [{}, { cluster }, { sentinel }]) {
        for (const address of [url, connection]) {
          const cache = { connection: address, [name]: { ...alone, ...servers } };
          const source = createConfigSource(cache, 'cache');
          driver.parseOptions(source);
          for (const path of source.pathsRead()) asked.add(path);
        }
      }
    }
    return new Set([...asked].map(path => path.replaceAll('[0]', '[]').replace(/^cache\.|[.[]$/g, '')));
  }

  it('has every option that the driver reads', () => {
    const isKnown = (path: string) => options.some(option => `${option.path}.`.startsWith(`${path}.`));
    const withoutEffect =
      /^useRedisSets$|\.(noNamespaceAffectsAll|useRedisSets)$|^(memory|memcache)\.client\.(namespace|keyPrefixSeparator)$/;
    // These options are read only to be refused: a socket path cannot lead to several nodes.
    const refused = /\.(rootNodes\[\]|\w*[dD]efaults)\.(socket\.)?path$/;
    const unknown = [...askedPaths()].filter(
      path => !isKnown(path) && !withoutEffect.test(path) && !refused.test(path),
    );
    expect(unknown).toEqual([]);
  });

  it('has no option that the driver does not read', () => {
    const asked = [...askedPaths()];
    expect(
      options.map(({ path }) => path).filter(path => !asked.some(each => `${each}.`.startsWith(`${path}.`))),
    ).toEqual([]);
  });

  it('describes every option, with its default', () => {
    expect(options.length).toBeGreaterThan(1);
    for (const { path, schema: option } of options) {
      const isNamed = option.default !== undefined || option.properties !== undefined || option.items !== undefined;
      const isTold = /Default: |required|without effect|where there is no/.test(option.description ?? '');
      expect([path, isNamed || isTold]).toEqual([path, true]);
    }
  });
});

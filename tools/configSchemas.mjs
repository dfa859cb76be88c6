/**
 * The configuration schema of each package. `node tools/configSchemas.mjs` writes them to `config.schema.json`; with
 * `--check` it fails when a file there is another one.
 *
 * Backstage merges the schemas of all packages, and has one of its own for `backend.cache`: a choice between stores. So
 * each of these is a choice as well, between its own store and any other one. A plain object would refuse what
 * Backstage's own schema takes.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';

const text = description => ({ type: 'string', description });
const secret = description => ({ ...text(description), visibility: 'secret' });
const flag = (description, defaultValue) => ({ type: 'boolean', description, default: defaultValue });
const number = (description, minimum, defaultValue) => ({
  ...{ type: 'number', minimum, description },
  ...(defaultValue !== undefined && { default: defaultValue }),
});
const object = (properties, rest = {}) => ({ type: 'object', properties, ...rest });

const durationUnits = ['years', 'months', 'weeks', 'days', 'hours', 'minutes', 'seconds', 'milliseconds'];
const duration = (description, defaultValue) => ({
  anyOf: [
    { type: 'number' },
    { type: 'string' },
    object(Object.fromEntries(durationUnits.map(unit => [unit, { type: 'number' }]))),
  ],
  description,
  ...(defaultValue !== undefined && { default: defaultValue }),
});

const schema = cache => ({
  $schema: 'http://json-schema.org/draft-07/schema#',
  ...object({ backend: object({ cache }) }),
});
const forStore = (store, properties) => ({
  anyOf: [
    object({ store: { type: 'string', const: store }, ...properties }, { required: ['store'] }),
    // What is wrong above must not be right here.
    object({ store: { type: 'string', not: { const: store } } }, { required: ['store'] }),
  ],
});

/**
 * Options of `connection` as an object, for a store of which Backstage's own schema takes text alone. They stand beside
 * the choice, so that Backstage finds the secrets in them though the choice as a whole does not fit.
 */
const objectConnection = properties =>
  object(
    { connection: { anyOf: [{ type: 'string' }, object(properties, { additionalProperties: true })] } },
    { additionalProperties: true },
  );

const timeouts = {
  commandTimeout: duration('Longest time that one operation may take: ms, or a duration.', 500),
  connectTimeout: duration('Longest time that making a connection may take: ms, or a duration.', 2000),
};

const tlsSettings = {
  ca: text('Certificates of the authorities to trust, as PEM text. Default: those of Node.'),
  cert: text('Certificate to show to the server, as PEM text. Default: none.'),
  key: secret('Private key of `cert`, as PEM text. Default: none.'),
  passphrase: secret('Passphrase of `key`. Default: none.'),
  servername: text('Host name that the certificate of the server must have. Default: the host.'),
  rejectUnauthorized: flag('Whether to refuse a server whose certificate is not to be trusted.', true),
};
const tls = {
  anyOf: [{ type: 'boolean' }, object(tlsSettings, { additionalProperties: true })],
  description: '`true`, or an object of settings: connect by TLS.',
  default: false,
};

const withoutEffect = names =>
  Object.fromEntries(names.map(name => [name, { description: 'Accepted without effect.' }]));
const clientOptions = withoutEffect([
  ...['pingInterval', 'name', 'connectionName', 'keepAlive', 'keepAliveInitialDelay', 'noDelay', 'family', 'RESP'],
  ...['clientInfoTag', 'disableClientInfo', 'connectTimeout'],
  // These would break a promise of the cache.
  ...['disableOfflineQueue', 'enableOfflineQueue', 'commandsQueueMaxLength', 'commandOptions', 'commandTimeout'],
  ...['reconnectStrategy', 'retryStrategy', 'maxRetriesPerRequest', 'autoResendUnfulfilledCommands', 'lazyConnect'],
  ...['socketTimeout', 'keyPrefix'],
]);
const access = {
  username: text('User name. Default: none.'),
  password: secret('Password. Default: none.'),
  database: number('Number of the database.', 0, 0),
  db: number('Another name of `database`.', 0, 0),
  tls,
  ...clientOptions,
};
const host = text('Host name or address, where there is no `url`. Default: none.');
const port = number('Port, where there is no `url`.', 1, 6379);
const serverAddress = {
  url: secret('`redis[s]://[user:password@]host[:port][/database]`, or `unix:/path`. Default: none.'),
  host,
  port,
};
const socket = properties => ({
  socket: object({ ...properties, tls, ...tlsSettings, ...clientOptions }, { description: 'As the client has it.' }),
});
const nodeOptions = { ...serverAddress, ...access, ...socket({ host, port }) };
const node = object(nodeOptions);
const path = text('Path of a unix socket, in place of a host; not of a node of a cluster. Default: none.');
const connectionOptions = { ...serverAddress, path, ...access, ...socket({ host, port, path }) };
const nodes = description => ({ type: 'array', items: node, description });
const nodeDefaults = description => object({ ...access, ...socket({}) }, { description });

/** Options of a store that speaks the protocol of Redis, all but its `client`. */
const respTopology = {
  cluster: object(
    {
      rootNodes: nodes('Nodes to find the cluster through, at least one, required.'),
      defaults: nodeDefaults('What every node of the cluster needs. Default: as the first node.'),
      minimizeConnections: flag('Whether to connect to a node only when it is first needed.', false),
      useReplicas: flag('Whether to read from replicas as well, which may be behind.', false),
      maxCommandRedirections: number('How often a command follows a move of its key.', 0, 16),
    },
    { description: 'A cluster, instead of the server of `connection`. Default: none.' },
  ),
  sentinel: object(
    {
      name: text('What the sentinels call the master, required.'),
      rootNodes: nodes('Sentinels, at least one, required.'),
      defaults: nodeDefaults('What the master and its replicas need. Default: nothing.'),
      sentinelDefaults: nodeDefaults('What the sentinels need. Default: as the first sentinel.'),
    },
    { description: 'A master that sentinels know, instead of the server of `connection`. Default: none.' },
  ),
};
const respClient = {
  namespace: text('Stands in front of every key: printable ASCII, at most 100 bytes. Default: none.'),
  keyPrefixSeparator: { ...text('Stands between namespace and plugin id.'), default: ':' },
  clearBatchSize: number('Keys looked at, and removed at most, by one command when keys are cleared.', 1, 1000),
  useUnlink: flag('Whether to remove keys by `UNLINK`, which frees memory in the background, or else by `DEL`.', true),
  ...timeouts,
};
const respSection = (client = {}, besides = {}) =>
  object({ client: object({ ...respClient, ...client }), ...besides, ...respTopology });
const keyPrefix = text('Namespace and separator in one, such as `my-app:`; not together with them. Default: none.');
const valkeyUrl = '`[valkey[s]://][user:password@]host[:port][/database]`, `redis[s]://` in its place, or `unix:/path`';
const respUrl = '`redis[s]://[user:password@]host[:port][/database]`, or `unix:/path`';

const memcacheUrl = '`[memcache[s]://][user:password@]host[:port][,host[:port]...]` or `unix:/path`';

const configSchemas = {
  'cache-backstage': schema({
    anyOf: [
      object(
        {
          store: { ...text('Name of the store.'), default: 'memory' },
          driver: text('Name of a driver that was added to the backend; wins over `store`. Default: none.'),
          defaultTtl: duration('Life of entries that are set without a `ttl`: ms, or a duration. Default: no expiry.'),
        },
        { required: ['store'] },
      ),
    ],
  }),
  'cache-memory': schema(
    forStore('memory', {
      memory: object({
        maxBytes: number(
          'Most bytes of all entries, as V8 keeps them: one or two for each character, 200 for each entry.',
          1,
          67108864,
        ),
        maxEntries: number('Most entries; the least recently used go first.', 1, 50000),
      }),
    }),
  ),
  'cache-redis': schema(
    forStore('redis', {
      connection: {
        anyOf: [{ type: 'string' }, object(connectionOptions)],
        description: `Address of the server, required: ${respUrl}, or an object with \`url\`.`,
        visibility: 'secret',
      },
      redis: respSection(),
    }),
  ),
  'cache-valkey': schema({
    ...forStore('valkey', {
      connection: secret(`Address of the server, required: ${valkeyUrl}, or an object with \`url\`.`),
      valkey: respSection(
        { keyPrefix },
        { keyPrefix: { ...keyPrefix, description: 'Means `client.keyPrefix`. Default: none.' } },
      ),
      // Read when there is no section `valkey`.
      redis: respSection(),
    }),
    ...objectConnection(connectionOptions),
  }),
  'cache-memcache': schema({
    ...forStore('memcache', {
      connection: secret(`Address of the servers, required: ${memcacheUrl}, or an object with \`url\`.`),
      memcache: object({
        client: object({
          maxValueBytes: number("Largest entry that is sent, in bytes: the server's `-I` less 1 KiB.", 1, 1047552),
          ...timeouts,
        }),
      }),
    }),
    ...objectConnection({
      url: secret(`Address of the servers, required unless there is a socket: ${memcacheUrl}.`),
      socket: object({ path: text('Path of a unix socket, in place of the server of `url`. Default: none.') }),
      username: text('User name. Default: that of `url`.'),
      password: secret('Password. Default: that of `url`.'),
      tls,
    }),
  }),
};

const isCheck = process.argv.includes('--check');
for (const [packageName, content] of Object.entries(configSchemas)) {
  const file = new URL(`../packages/${packageName}/config.schema.json`, import.meta.url);
  const options = await resolveConfig(file);
  const json = await format(JSON.stringify(content, undefined, 2), { ...options, parser: 'json' });
  if (!isCheck) await writeFile(file, json);
  else if (json !== (await readFile(file, 'utf8'))) {
    throw new Error(`The schema of ${packageName} is not the one in tools/configSchemas.mjs: npm run fix:schemas`);
  }
}

import { parseArgs } from 'node:util';

/** The stores that `--store` knows. One without `connectionExample` has no server. */
const stores = [
  { name: 'memory' },
  {
    name: 'memcache',
    connectionExample: 'localhost:11211',
    isConnection: text => /^(?:memcache[ds]?:\/\/)?(?:[^\s/@]+@)?[^\s/@]+$/.test(text),
  },
  {
    name: 'redis',
    connectionExample: 'redis://localhost:6379',
    isConnection: text => /^rediss?:\/\/[^/]/.test(text) && URL.canParse(text),
  },
  {
    name: 'valkey',
    connectionExample: 'valkey://localhost:6379',
    isConnection: text => /^(?:redis|valkey)s?:\/\/[^/]/.test(text) && URL.canParse(text),
  },
  // The driver of examples/file-driver.
  { name: 'file' },
];

const storeNames = stores.map(({ name }) => name).join(', ');
const exampleCommand = 'npm start -- --store redis --connection redis://localhost:6379';

export const helpText = `Starts a Backstage backend that caches through Greenroom.

Usage: npm start -- [options]

  --store <name>       ${storeNames} (default: memory)
  --connection <url>   address of the server; required for redis, valkey and memcache
  --near               keeps what was read in the process for up to 2 s, without asking the store
  --help               show this text

Environment:
  PORT                 port to listen on (default: 7007)
  METRICS_PORT         port to serve metrics on, at /metrics (default: none are served)

Example: ${exampleCommand}
`;

/** A wrong command line. The message is for the person who typed it, and repeats no value. */
class StartOptionsError extends Error {
  name = 'StartOptionsError';
}

/**
 * Reads the command line and environment of `npm start`.
 *
 * Returns `{ help: true }`, or `{ store, connection, near, port, metricsPort }`. `connection` is undefined for a store without a server,
 * `near` without a near cache, and `metricsPort` when no metrics are to be served. Throws an error named StartOptionsError.
 */
export function parseStartOptions(args, environment) {
  const values = parseFlags(args, environment);
  if (values.help) return { help: true };

  const store = stores.find(({ name }) => name === (values.store ?? 'memory'));
  if (!store) fail(`Unknown --store. Choose one of: ${storeNames}.`);
  checkConnection(store, values.connection);
  if (values.near && store.name === 'memory')
    fail('--near needs a --store outside of the process. The memory store is in it.');

  const port = parsePort('PORT', environment) ?? 7007;
  const metricsPort = parsePort('METRICS_PORT', environment);
  if (metricsPort === port) fail('METRICS_PORT must not be the same as PORT.');
  return { store: store.name, connection: values.connection, near: values.near, port, metricsPort };
}

function parseFlags(args, environment) {
  // Without the two dashes, npm takes the options as its own, and passes them on in the environment.
  if (['store', 'connection', 'near'].some(name => environment[`npm_config_${name}`] !== undefined)) {
    fail(`Options go after two dashes: ${exampleCommand}`);
  }

  const { tokens, values } = parseArgs({
    args,
    strict: false,
    tokens: true,
    options: {
      store: { type: 'string' },
      connection: { type: 'string' },
      near: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  for (const token of tokens) {
    if (token.kind === 'positional') fail(`Unexpected argument. Example: ${exampleCommand}`);
    if (token.kind === 'option') checkFlag(token);
  }
  return values;
}

function checkFlag({ name, rawName, value }) {
  if (name === 'help' || name === 'near') {
    if (value !== undefined) fail(`${rawName} takes no value.`);
    return;
  }
  if (name !== 'store' && name !== 'connection') {
    fail(
      `Unknown option ${rawName}. Known: --store, --connection, --near, --help; the environment variables PORT and METRICS_PORT set ports.`,
    );
  }
  if (!value || value.startsWith('-')) fail(`${rawName} needs a value. Example: ${exampleCommand}`);
}

function checkConnection({ name, connectionExample, isConnection }, connection) {
  if (!connectionExample) {
    if (connection !== undefined) fail(`--connection needs a --store that has a server. The ${name} store has none.`);
    return;
  }
  if (connection === undefined) fail(`--store ${name} needs a --connection, such as ${connectionExample}.`);
  if (!isConnection(connection)) {
    fail(`This --connection does not fit --store ${name}. It looks like ${connectionExample}.`);
  }
}

function parsePort(variable, environment) {
  const text = environment[variable];
  if (!text) return undefined;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65535) fail(`${variable} must be a whole number from 1 to 65535.`);
  return port;
}

function fail(message) {
  throw new StartOptionsError(message);
}

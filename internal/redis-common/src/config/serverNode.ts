import { readTlsSettings, tlsOption } from '@greenroom/cache-core';
import type { ConfigOption, ConfigSource, OptionTable, TlsSettings } from '@greenroom/cache-core';
import type { NodeAccess } from './nodeAccess';
import { isSocketPath, parseServerUrl, toHost } from './serverUrl';
import type { ServerUrl } from './serverUrl';

/** A server at a host and port. */
export interface ServerNode extends NodeAccess {
  /** Host name or IP address; IPv6 without brackets. */
  readonly host: string;
  /** TCP port, 1 to 65535. */
  readonly port: number;
}

/** A server at a unix socket. */
export interface SocketNode extends NodeAccess {
  /** Absolute path of the socket, at most 107 bytes. */
  readonly path: string;
}

const DEFAULT_PORT = 6379;
const MAX_PORT = 65_535;

/**
 * Options of the client libraries that have no effect here. Where an option would break a guarantee, its text says what applies
 * instead.
 */
const optionsWithoutEffect = new Map([
  ...['pingInterval', 'name', 'connectionName', 'keepAlive', 'keepAliveInitialDelay', 'noDelay', 'family', 'RESP'].map(
    name => [name, ''] as const,
  ),
  ...['clientInfoTag', 'disableClientInfo', 'connectTimeout'].map(name => [name, ''] as const),
  ['disableOfflineQueue', 'no operation waits for a connection'],
  ['enableOfflineQueue', 'no operation waits for a connection'],
  ['commandsQueueMaxLength', 'the commands in flight are bounded already'],
  ['commandOptions', "an operation may take as long as 'client.commandTimeout' says"],
  ['commandTimeout', "an operation may take as long as 'client.commandTimeout' says"],
  ['reconnectStrategy', 'a lost connection is retried for ever, at most half a second apart'],
  ['retryStrategy', 'a lost connection is retried for ever, at most half a second apart'],
  ['maxRetriesPerRequest', 'nothing is sent twice'],
  ['autoResendUnfulfilledCommands', 'nothing is sent twice'],
  ['lazyConnect', 'the connection is made at the start'],
  ['socketTimeout', 'pings detect a silent connection'],
  ['keyPrefix', "keys begin with 'client.namespace'"],
]);
const withoutEffect: OptionTable = Object.fromEntries(
  [...optionsWithoutEffect.keys()].map(name => [name, { type: 'withoutEffect' }]),
);

const access: OptionTable = {
  username: { type: 'text', description: 'User name. Default: none.' },
  password: { type: 'text', isSecret: true, description: 'Password. Default: none.' },
  database: { type: 'integer', default: 0, description: 'Number of the database.' },
  db: { type: 'integer', default: 0, description: 'Another name of `database`.' },
  tls: tlsOption,
  ...withoutEffect,
};
const host: ConfigOption = {
  type: 'text',
  description: 'Host name or address, where there is no `url`. Default: none.',
};
const port: ConfigOption = {
  type: 'integer',
  minimum: 1,
  default: DEFAULT_PORT,
  description: 'Port, where there is no `url`.',
};
const path: ConfigOption = {
  type: 'text',
  description: 'Path of a unix socket, in place of a host; not of a node of a cluster. Default: none.',
};
const address: OptionTable = {
  url: {
    type: 'text',
    isSecret: true,
    description: '`redis[s]://[user:password@]host[:port][/database]`, or `unix:/path`. Default: none.',
  },
  host,
  port,
};

/** TLS settings may also be directly in `socket`, as in node-redis. */
function socket(options: OptionTable): ConfigOption {
  return {
    type: 'section',
    options: { ...options, tls: tlsOption, ...tlsOption.options, ...withoutEffect },
    description: 'As the client has it.',
  };
}

/** Options of a server that has a host, read by {@link readServerNode}: a cluster cannot be at a unix socket. */
export const nodeOptions: OptionTable = { ...address, ...access, socket: socket({ host, port }) };

/** Options of a server that may be at a unix socket, read by {@link readServerNode}. */
export const serverOptions: OptionTable = { ...address, path, ...access, socket: socket({ host, port, path }) };

/** Options of servers whose addresses come from elsewhere, read by {@link readNodeAccess}. */
export const accessOptions: OptionTable = { ...access, socket: socket({}) };

/** Query parameters that are read, and what to use instead in a URL with a host. */
const alternatives: Readonly<Record<string, string>> = {
  db: 'a path, such as /2',
  database: 'a path, such as /2',
  tls: 'the scheme, such as rediss',
};

/** How the addresses of a store are written. */
export interface UrlForm {
  /** An example address, for messages. */
  readonly example: string;
  /** Whether `host:port` needs no scheme. */
  readonly isSchemeOptional: boolean;
}

/** Reads the URL under a key. Throws CACHE_CONFIG, whose message repeats nothing of the URL. */
export function readServerUrl(config: ConfigSource, key: string, form: UrlForm): ServerNode | SocketNode {
  return toNode(readUrl(config, key, form));
}

function readUrl(config: ConfigSource, key: string, { example, isSchemeOptional }: UrlForm): ServerUrl {
  const url = parseServerUrl(config.getOptionalString(key) ?? '', isSchemeOptional);
  // `keyPrefix` is refused: ignoring it would mix the keys of two applications.
  const isKnown = (name: string) =>
    Object.hasOwn(alternatives, name) || (name !== 'keyPrefix' && optionsWithoutEffect.has(name));
  if (!url?.parameters.every(isKnown)) {
    const [scheme = ''] = example.split('://');
    throw config.invalid(
      key,
      `a URL of the form ${scheme}[s]://[user:password@]host[:port][/database][?db=database], or unix:/path, such as ` +
        `${example}, with special characters of the user name and the password, such as / # ? % and @, percent-encoded, ` +
        "and no query parameters but 'db' and 'tls'",
    );
  }
  for (const name of url.parameters) {
    const alternative = alternatives[name];
    if (alternative === undefined) config.warn(key, `has a parameter '${name}' that has no effect and can be removed`);
    else if (url.host)
      config.warn(key, `has a parameter '${name}', which some clients ignore: better use ${alternative}`);
  }
  return url;
}

function toNode({ host, port, path, parameters: _parameters, ...access }: ServerUrl): ServerNode | SocketNode {
  return path === undefined ? { ...access, host: host ?? '', port: port ?? DEFAULT_PORT } : { ...access, path };
}

/**
 * Reads a server given as an object: `{ url }`, `{ host, port }` or `{ path }`, the latter two also in `socket`, with the options
 * that the Redis and Valkey clients have for it. Values given twice must be the same.
 */
export function readServerNode(section: ConfigSource, form: UrlForm): ServerNode | SocketNode {
  const url = section.getOptional('url') === undefined ? undefined : readUrl(section, 'url', form);
  const read = (key: string) => section.getOptionalString(key) || undefined;
  const host = readOnce(section, ['host', 'socket.host'], key => readHost(section, key), url?.host);
  const port = readOnce(section, ['port', 'socket.port'], key => readPort(section, key), url?.port);
  const path = readOnce(section, ['path', 'socket.path'], read, url?.path);
  const access = readNodeAccess(section, url?.tls, url);
  if (path === undefined) {
    if (!host) throw section.invalid('url', `the address of a server, such as ${form.example}`);
    return { ...access, host, port: port ?? DEFAULT_PORT };
  }
  for (const key of ['host', 'socket.host', 'port', 'socket.port']) {
    if (section.getOptional(key) !== undefined)
      throw section.invalid(key, "nothing, since there is the 'path' of a socket");
  }
  if (!isSocketPath(path)) {
    const key = section.getOptional('path') === undefined ? 'socket.path' : 'path';
    throw section.invalid(key, 'the absolute path of a socket, at most 107 bytes');
  }
  // Backstage's own schema requires a URL, even beside a socket.
  if (url?.host) section.warn('url', `has a host that is not used, since the server is at the socket '${path}'`);
  return { ...access, path };
}

/** Reads an option that has several names, and may be in the URL too. */
function readOnce<T>(
  section: ConfigSource,
  keys: readonly string[],
  read: (key: string) => T | undefined,
  ofUrl: T | undefined,
): T | undefined {
  let found = ofUrl;
  let where = 'url';
  // All keys are read, so that none is reported as unknown.
  for (const key of keys) {
    const value = read(key);
    if (value === undefined) continue;
    if (found !== undefined && found !== value) throw section.invalid(key, `the same as '${where}' has, or nothing`);
    found = value;
    where = key;
  }
  return found;
}

function readHost(section: ConfigSource, key: string): string | undefined {
  const text = section.getOptionalString(key);
  if (!text) return undefined;
  const host = toHost(text);
  if (host === undefined) throw section.invalid(key, 'the name or the address of a host, without port and password');
  return host;
}

function readPort(section: ConfigSource, key: string): number | undefined {
  const port = section.getOptionalInteger(key, 1);
  if (port !== undefined && port > MAX_PORT) throw section.invalid(key, `a port, at most ${MAX_PORT}`);
  return port;
}

/** Reads user name, password, database and TLS of a section, whether or not it has an address as well. */
export function readNodeAccess(
  section: ConfigSource,
  tlsBefore: TlsSettings | undefined,
  url: NodeAccess = {},
): NodeAccess {
  warnOfOptions(section);
  const socket = section.getOptionalSection('socket');
  if (socket) warnOfOptions(socket);
  const read = (key: string) => section.getOptionalString(key) || undefined;
  const username = readOnce(section, ['username'], read, url.username);
  const password = readOnce(section, ['password'], read, url.password);
  const readDatabase = (key: string) => section.getOptionalInteger(key, 0);
  const database = readOnce(section, ['database', 'db'], readDatabase, url.database);
  const tls = readTlsSettings(section, ['tls', 'socket.tls'], {
    besides: ['socket'],
    isWanted: tlsBefore !== undefined,
  });
  return {
    ...(username && { username }),
    ...(password && { password }),
    ...(database !== undefined && { database }),
    ...(tls && { tls }),
  };
}

/** The access settings of a server, without its address. */
export function accessOf(node: ServerNode | SocketNode): NodeAccess {
  const { host: _host, port: _port, path: _path, ...access } = { host: '', port: 0, path: '', ...node };
  return access;
}

function warnOfOptions(section: ConfigSource): void {
  for (const key of section.keys()) {
    const reason = optionsWithoutEffect.get(key);
    if (reason === '') section.warn(key, 'has no effect and can be removed');
    else if (reason) section.warn(key, `has no effect and can be removed: ${reason}`);
  }
}

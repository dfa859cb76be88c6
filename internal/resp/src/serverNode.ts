import { readTlsSettings } from '@greenroom/cache-core';
import type { ConfigSource, TlsSettings } from '@greenroom/cache-core';
import type { GetCredentials } from './credentials';

/** What it takes to be let in. */
export interface NodeAccess {
  readonly username?: string;
  readonly password?: string;
  /** Number of the database. @defaultValue 0 */
  readonly database?: number;
  /** Present = TLS. */
  readonly tls?: TlsSettings;
  /** In place of `username` and `password`; from code alone. */
  readonly getCredentials?: GetCredentials;
}

/** One server and what it takes to be let in. */
export interface ServerNode extends NodeAccess {
  readonly host: string;
  readonly port: number;
}

const EXAMPLE = 'redis://localhost:6379';
const DEFAULT_PORT = 6379;
const MAX_PORT = 65_535;
/** URL schemes, and whether they mean TLS. */
const schemes = new Map([
  ['redis:', false],
  ['rediss:', true],
  ['valkey:', false],
  ['valkeys:', true],
]);

/** Options of the client libraries that would break a promise of the cache, by what keeps that promise. */
const refusedOptions = new Map([
  ['disableOfflineQueue', 'operations never wait for a connection'],
  ['enableOfflineQueue', 'operations never wait for a connection'],
  ['commandsQueueMaxLength', 'the queue has its limit'],
  ['commandOptions', 'use client.commandTimeout'],
  ['commandTimeout', 'use client.commandTimeout'],
  ['reconnectStrategy', 'connections are made again for ever'],
  ['retryStrategy', 'connections are made again for ever'],
  ['maxRetriesPerRequest', 'nothing is sent twice'],
  ['autoResendUnfulfilledCommands', 'nothing is sent twice'],
  ['lazyConnect', 'the connection is made at the start'],
  ['socketTimeout', 'connections are pinged'],
  ['keyPrefix', 'use client.namespace'],
]);
const optionsWithoutEffect = new Set([
  ...['pingInterval', 'name', 'connectionName', 'keepAlive', 'keepAliveInitialDelay', 'noDelay', 'family', 'RESP'],
  ...['clientInfoTag', 'disableClientInfo', 'connectTimeout'],
]);

/**
 * Reads a server URL, `redis[s]://[user:password@]host[:port][/database]` or `valkey[s]://...`. `undefined` when it is no
 * such URL: the caller knows the path to name, and the text may hold a password.
 */
function parseServerUrl(text: string): ServerNode | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, hostname, port, pathname, username, password } = new URL(text);
  const tls = schemes.get(protocol);
  const credentials = [username, password].map(decode);
  if (tls === undefined || hostname === '' || !/^(?:\/\d*)?$/.test(pathname) || credentials.includes(undefined)) {
    return undefined;
  }
  return {
    // An IPv6 address stands in brackets in a URL, and nowhere else.
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? DEFAULT_PORT : Number(port),
    ...(credentials[0] && { username: credentials[0] }),
    ...(credentials[1] && { password: credentials[1] }),
    ...(pathname.length > 1 && { database: Number(pathname.slice(1)) }),
    ...(tls && { tls: {} }),
  };
}

/** Reads the URL under a key. Throws CACHE_CONFIG that shows nothing of it. */
export function readServerUrl(config: ConfigSource, key: string): ServerNode {
  const node = parseServerUrl(config.getOptionalString(key) ?? '');
  if (!node) {
    throw config.invalid(
      key,
      `a URL of the form redis[s]://[user:password@]host[:port][/database], such as ${EXAMPLE}`,
    );
  }
  return node;
}

/**
 * Reads a server given as an object: `{ url }` or `{ host, port }` or `{ socket: { host, port } }`, with the options that
 * the Redis and Valkey clients have for it. An option that would break a promise of the cache throws CACHE_CONFIG.
 */
export function readServerNode(section: ConfigSource): ServerNode {
  const fromUrl = section.getOptional('url') === undefined ? undefined : readServerUrl(section, 'url');
  // All are read before one is chosen, so that none of them passes for unknown.
  const hosts = ['host', 'socket.host'].map(key => section.getOptionalString(key));
  const ports = ['port', 'socket.port'].map(key => readPort(section, key));
  const host = hosts[0] ?? hosts[1] ?? fromUrl?.host;
  if (!host) throw section.invalid('url', `the address of a server, such as ${EXAMPLE}`);
  const port = ports[0] ?? ports[1] ?? fromUrl?.port ?? DEFAULT_PORT;
  return { ...fromUrl, host, port, ...readNodeAccess(section, fromUrl?.tls) };
}

function readPort(section: ConfigSource, key: string): number | undefined {
  const port = section.getOptionalInteger(key, 1);
  if (port !== undefined && port > MAX_PORT) throw section.invalid(key, `a port, at most ${MAX_PORT}`);
  return port;
}

/** Reads user name, password, database and TLS of a section, whether or not it has an address as well. */
export function readNodeAccess(section: ConfigSource, tlsOfUrl?: TlsSettings): NodeAccess {
  checkOptions(section);
  const socket = section.getOptionalSection('socket');
  if (socket) checkOptions(socket);
  const username = section.getOptionalString('username');
  const password = section.getOptionalString('password');
  const databases = ['database', 'db'].map(key => section.getOptionalInteger(key, 0));
  const database = databases[0] ?? databases[1];
  const tls = readTlsSettings(section, ['tls', 'socket.tls'], {
    besides: ['socket'],
    isWanted: tlsOfUrl !== undefined,
  });
  return {
    ...(username && { username }),
    ...(password && { password }),
    ...(database !== undefined && { database }),
    ...(tls && { tls }),
  };
}

/** A server without its address. */
export function accessOf({ host: _host, port: _port, ...access }: ServerNode): NodeAccess {
  return access;
}

function checkOptions(section: ConfigSource): void {
  for (const key of section.keys()) {
    const refused = refusedOptions.get(key);
    if (refused) throw section.invalid(key, `nothing, since this cannot be changed: ${refused}`);
    if (optionsWithoutEffect.has(key)) section.warn(key, 'has no effect and can be removed');
  }
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    // A bare % in it: the client would fail with an error that shows the text.
    return undefined;
  }
}

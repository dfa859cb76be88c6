import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import type { NodeAccess } from './nodeAccess';

/** The parts of a URL. Parts that it does not contain are absent. */
export interface ServerUrl extends NodeAccess {
  readonly host?: string;
  readonly port?: number;
  /** Path of a unix socket, in place of the host. */
  readonly path?: string;
  /** Names of the query parameters. */
  readonly parameters: readonly string[];
}

/** Schemes, and whether they mean TLS. */
const schemes = new Map([
  ['redis:', false],
  ['rediss:', true],
  ['valkey:', false],
  ['valkeys:', true],
]);
const socketUrl =
  /^(?:unix|(?:redis|valkey)\+(?:unix|socket)):(?:\/\/(?:(?<username>[^:@/]*)(?::(?<password>[^@/]*))?@)?)?(?<path>\/(?!\/)[^?#]*[^?#/])(?:\?(?<query>[^#]*))?$/i;
/** Longest path of a unix socket on Linux. */
const MAX_PATH_BYTES = 107;
/** Hosts that can be looked up. Anything else may be a misplaced password. */
const hostName = /^(?:[\w.-]+|\[[\da-f:.]+\])$/i;

/**
 * Reads `redis[s]://[user:password@]host[:port][/database]`, the same with `valkey[s]`, or `unix:/path`. No part is ignored:
 * returns `undefined` when one has no meaning. It does not throw, because only the caller knows which option to name; the
 * text may hold a password.
 *
 * @param isSchemeOptional - Whether `host:port`, or a port of localhost, is accepted too.
 */
export function parseServerUrl(text: string, isSchemeOptional: boolean): ServerUrl | undefined {
  const url = text.trim();
  // `URL` would silently remove line breaks inside the text.
  if (/\s/.test(url)) return undefined;
  if (url.startsWith('/')) return parseSocketUrl(`unix:${url}`);
  if (socketUrl.test(url)) return parseSocketUrl(url);
  if (!isSchemeOptional || /^[a-z][a-z\d+.-]*:\/\//i.test(url)) return parseHostUrl(url);
  return parseHostUrl(/^\d+$/.test(url) ? `redis://localhost:${url}` : `redis://${url}`);
}

function parseSocketUrl(url: string): ServerUrl | undefined {
  const { username = '', password = '', path = '', query = '' } = socketUrl.exec(url)?.groups ?? {};
  const decodedPath = decode(path);
  const access = readAccess(username, password, undefined, query, false);
  return access && decodedPath !== undefined && isSocketPath(decodedPath)
    ? { ...access, path: decodedPath }
    : undefined;
}

function parseHostUrl(text: string): ServerUrl | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, hostname, port, pathname, username, password, search } = new URL(text);
  const isSecure = schemes.get(protocol);
  const host = toHost(decode(hostname) ?? '');
  const path = /^(?:\/(\d+))?\/?$/.exec(pathname);
  if (isSecure === undefined || host === undefined || port === '0' || !path || text.includes('#')) return undefined;
  const access = readAccess(username, password, path[1], search.slice(1), isSecure);
  return access && { ...access, host, ...(port !== '' && { port: Number(port) }) };
}

function readAccess(
  username: string,
  password: string,
  databaseOfPath: string | undefined,
  query: string,
  isSecure: boolean,
): Omit<ServerUrl, 'host' | 'port' | 'path'> | undefined {
  const credentials = [decode(username), decode(password)];
  const parameters = [...new URLSearchParams(query)];
  const valuesOf = (...names: string[]) =>
    parameters.filter(([name]) => names.includes(name)).map(([, value]) => value);
  const databases = new Set([...(databaseOfPath === undefined ? [] : [databaseOfPath]), ...valuesOf('db', 'database')]);
  const tls = new Set([...(isSecure ? ['true'] : []), ...valuesOf('tls').map(value => value.toLowerCase())]);
  const [database] = databases;
  if (credentials.includes(undefined) || databases.size > 1 || tls.size > 1) return undefined;
  if (database !== undefined && !(/^\d+$/.test(database) && Number.isSafeInteger(Number(database)))) return undefined;
  if (!['', 'true', 'false'].includes([...tls].join())) return undefined;
  return {
    ...(credentials[0] && { username: credentials[0] }),
    ...(credentials[1] && { password: credentials[1] }),
    ...(database !== undefined && { database: Number(database) }),
    ...(tls.has('true') && { tls: {} }),
    parameters: parameters.map(([name]) => name),
  };
}

/** Whether a text can be the path of a unix socket. */
export function isSocketPath(path: string): boolean {
  // eslint-disable-next-line no-control-regex -- messages name the path
  return /^\/[^\x00-\x1f\x7f]*[^\x00-\x1f\x7f/]$/.test(path) && Buffer.byteLength(path) <= MAX_PATH_BYTES;
}

/**
 * Returns a host name or address that can be looked up, else `undefined`: messages name the host, and anything else may hold a
 * password.
 */
export function toHost(host: string): string | undefined {
  if (isIP(host) > 0) return host;
  // Names beyond ASCII are looked up in Punycode.
  const ascii = /[^\0-\x7f]/.test(host) ? domainToASCII(host) : host;
  // In a URL, an IPv6 address is in brackets.
  return hostName.test(ascii) ? ascii.replace(/^\[(.*)\]$/, '$1') : undefined;
}

/** Returns `undefined` when a % does not begin a valid encoding. */
function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

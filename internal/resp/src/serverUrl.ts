import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import type { NodeAccess } from './nodeAccess';

/** What a URL says; what it does not say is absent. */
export interface ServerUrl extends NodeAccess {
  readonly host?: string;
  readonly port?: number;
  /** Of a unix socket, in place of the host. */
  readonly path?: string;
  /** Names of the parameters in the query. */
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
/** Linux has no room for longer ones. */
const MAX_PATH_BYTES = 107;
/** What can be looked up. Anything else may be a password in the wrong place. */
const hostName = /^(?:[\w.-]+|\[[\da-f:.]+\])$/i;

/**
 * Reads `redis[s]://[user:password@]host[:port][/database]`, the same with `valkey[s]`, or `unix:/path`. Nothing of it is left
 * out: `undefined` when there is something that means nothing. The caller knows the path to name, and the text may hold a
 * password.
 *
 * @param isSchemeOptional - Whether `host:port` will do, or a port at this host.
 */
export function parseServerUrl(text: string, isSchemeOptional: boolean): ServerUrl | undefined {
  const url = text.trim();
  // Of what is within, URL would leave out line ends in silence.
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

/** A name or an address that can be looked up, else `undefined`: messages name the host, and anything else may hold a password. */
export function toHost(host: string): string | undefined {
  if (isIP(host) > 0) return host;
  // Names beyond ASCII are looked up in another form.
  const ascii = /[^\0-\x7f]/.test(host) ? domainToASCII(host) : host;
  // An IPv6 address stands in brackets in a URL.
  return hostName.test(ascii) ? ascii.replace(/^\[(.*)\]$/, '$1') : undefined;
}

/** `undefined` for a bare % that encodes nothing. */
function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

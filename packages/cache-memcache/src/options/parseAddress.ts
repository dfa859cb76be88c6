import type { ServerAddress } from './serverAddress';
import { toServerName } from './serverName';

/** User name and password of a server, sent by `set` in the text protocol (`memcached -Y`). */
export interface Credentials {
  /** One character or more, without white space. */
  readonly username: string;
  /** One character or more, without white space. */
  readonly password: string;
}

/** A server, with its credentials where they differ from those of the others. */
export type MemcacheServer = ServerAddress & { readonly credentials?: Credentials };

/** The content of a connection text. */
export interface ParsedAddress {
  /** At least one server, without duplicates. */
  readonly servers: readonly MemcacheServer[];
  /** Credentials of each server that has none of its own. */
  readonly credentials?: Credentials;
  readonly hasTls: boolean;
}

/** One server of the list. */
interface ParsedServer {
  readonly address: ServerAddress;
  readonly credentials: Credentials | undefined;
  /** `undefined` without a scheme. */
  readonly hasTls: boolean | undefined;
}

const DEFAULT_PORT = 11211;
/** Longest path on Linux. The system would cut a longer one and use another socket. */
const MAX_PATH_BYTES = 107;
/** Hosts that can be looked up. Anything else may be a misplaced password, and messages name the host. */
const hostName = /^(?:[\w.-]+|\[[\da-f:.]+\])$/i;
/** `scheme://rest`, `unix:/rest` or the rest alone. */
const parts = /^(?:([^:/?#]*):\/\/|(unix|memcached?\+unix):(?=\/|[^/]*@\/))?(.*)$/is;
/** Schemes of servers with a host, and whether they mean TLS. */
const hostSchemes = new Map([
  ['memcache', false],
  ['memcached', false],
  ['memcaches', true],
]);
const socketSchemes = ['unix', 'memcache+unix', 'memcached+unix'];

/**
 * Reads `[memcache[s]://][user:password@]host[:port][,...]`, where a server may also be `unix:/path`. Returns `undefined` for
 * any other text. It does not throw, because only the caller knows which option to name; the text may hold a password.
 */
export function parseAddress(text: string): ParsedAddress | undefined {
  const parsed = text
    .replace(/,\s*$/, '')
    .split(',')
    .map(server => parseServer(server.trim()));
  if (!parsed.every(server => server !== undefined)) return undefined;
  const hasTls = parsed[0]?.hasTls ?? false;
  if (parsed.some(server => server.hasTls !== undefined && server.hasTls !== hasTls)) return undefined;
  const credentials = parsed[0]?.credentials;
  const servers = withoutRepeated(parsed.map(server => toServer(server, credentials)));
  return servers && { servers, ...(credentials && { credentials }), hasTls };
}

/** Whether a text can be the path of a unix socket. */
export function isSocketPath(path: string): boolean {
  // eslint-disable-next-line no-control-regex -- messages name the path
  return /^\/[^\x00-\x1f\x7f]+$/.test(path) && Buffer.byteLength(path) <= MAX_PATH_BYTES;
}

function parseServer(text: string): ParsedServer | undefined {
  const [, scheme, socketScheme, rest = ''] = parts.exec(text) ?? [];
  const name = (scheme ?? socketScheme)?.toLowerCase();
  const isSocket = name === undefined ? rest.startsWith('/') : socketSchemes.includes(name);
  if (isSocket) return parseSocket(rest);
  const hasTls = name === undefined ? undefined : hostSchemes.get(name);
  if (name !== undefined && hasTls === undefined) return undefined;
  return parseHost(rest.replace(/\/$/, ''), hasTls);
}

function parseHost(text: string, hasTls: boolean | undefined): ParsedServer | undefined {
  if (/[/?#\\\s]/.test(text) || !URL.canParse(`memcache://${text}`)) return undefined;
  const { hostname, port, username, password } = new URL(`memcache://${text}`);
  if (!hostName.test(hostname) || port === '0') return undefined;
  const credentials = toCredentials(username, password);
  if (credentials && !areUsable(credentials)) return undefined;
  const address = {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? DEFAULT_PORT : Number(port),
  };
  return { address, credentials, hasTls };
}

function parseSocket(text: string): ParsedServer | undefined {
  // An `@` in the path may belong to a password that is not percent-encoded.
  const [, login, encodedPath = ''] = /^(?:([^/]*)@)?(\/[^@?#]*)$/.exec(text) ?? [];
  const path = decode(encodedPath);
  if (!isSocketPath(path)) return undefined;
  const [, username = '', password = ''] = /^([^:]*):?(.*)$/s.exec(login ?? '') ?? [];
  const credentials = toCredentials(username, password);
  if (login !== undefined && !(credentials && areUsable(credentials))) return undefined;
  return { address: { path }, credentials, hasTls: undefined };
}

function toCredentials(username: string, password: string): Credentials | undefined {
  if (username === '' && password === '') return undefined;
  return { username: decode(username), password: decode(password) };
}

function toServer({ address, credentials }: ParsedServer, common: Credentials | undefined): MemcacheServer {
  const isCommon = credentials?.username === common?.username && credentials?.password === common?.password;
  return !credentials || isCommon ? address : { ...address, credentials };
}

/** Removes duplicates. Returns `undefined` when a server is listed twice with different credentials. */
function withoutRepeated(servers: readonly MemcacheServer[]): readonly MemcacheServer[] | undefined {
  const byName = new Map<string, MemcacheServer>();
  for (const server of servers) {
    const name = toServerName(server);
    const before = byName.get(name);
    if (before && JSON.stringify(before) !== JSON.stringify(server)) return undefined;
    byName.set(name, server);
  }
  return [...byName.values()];
}

/** Invalid percent-encoding becomes empty, which no user name, password or path may be. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

/** Whether the credentials can be sent as one line of two words. */
export function areUsable({ username, password }: Credentials): boolean {
  // eslint-disable-next-line no-control-regex -- what would end the line
  return [username, password].every(word => word !== '' && !/[\s\x00-\x1f\x7f]/.test(word));
}

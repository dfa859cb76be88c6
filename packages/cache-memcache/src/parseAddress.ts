/** Where one server is. */
export interface ServerAddress {
  /** Host name or IP address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

/** User name and password of the servers, sent by `set` in the text protocol (`memcached -Y`). */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** What the text of a connection says. */
export interface ParsedAddress {
  /** At least one, none of them twice. */
  readonly servers: readonly ServerAddress[];
  readonly credentials?: Credentials;
  readonly hasTls: boolean;
}

const DEFAULT_PORT = 11211;
/** What can be looked up. Anything else may be a password in the wrong place, and messages name the host. */
const hostName = /^(?:[\w.-]+|\[[\da-f:.]+\])$/i;
/** Schemes, which may be left out, and whether they mean TLS. */
const schemes = new Map([
  ['memcache', false],
  ['memcached', false],
  ['memcaches', true],
]);

/**
 * Reads `[memcache[s]://][user:password@]host[:port][,host[:port]...]`. `undefined` when the text is something else: the caller
 * knows the path to name, and the text may hold a password.
 */
export function parseAddress(text: string): ParsedAddress | undefined {
  const [, scheme, list = ''] = /^(?:([^:/]*):\/\/)?(.*)$/s.exec(text) ?? [];
  const hasTls = scheme === undefined ? false : schemes.get(scheme);
  const [first, ...others] = list.split(',').map(server => toUrl(server.trim()));
  if (hasTls === undefined || !first || others.some(url => !url || url.username !== '' || url.password !== '')) {
    return undefined;
  }
  const credentials = { username: decode(first.username), password: decode(first.password) };
  const hasCredentials = credentials.username !== '' || credentials.password !== '';
  if (hasCredentials && !areUsable(credentials)) return undefined;
  return {
    servers: withoutRepeated([first, ...others].map(url => toServer(url as URL))),
    ...(hasCredentials && { credentials }),
    hasTls,
  };
}

/** `undefined` unless the text is a host, with a port and credentials at most. */
function toUrl(server: string): URL | undefined {
  if (!URL.canParse(`memcache://${server}`)) return undefined;
  const url = new URL(`memcache://${server}`);
  return hostName.test(url.hostname) && url.port !== '0' && !/[/?#\\\s]/.test(server) ? url : undefined;
}

function toServer({ hostname, port }: URL): ServerAddress {
  return { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: port === '' ? DEFAULT_PORT : Number(port) };
}

function withoutRepeated(servers: readonly ServerAddress[]): readonly ServerAddress[] {
  return [...new Map(servers.map(server => [`${server.host}:${server.port}`, server])).values()];
}

/** What is not percent-encoded becomes empty, which no user name or password may be. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

/** They are sent as one line of two words. */
export function areUsable({ username, password }: Credentials): boolean {
  // eslint-disable-next-line no-control-regex -- what would end the line
  return [username, password].every(word => word !== '' && !/[\s\x00-\x1f\x7f]/.test(word));
}

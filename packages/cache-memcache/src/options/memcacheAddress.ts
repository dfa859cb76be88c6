import { readConnection, readTlsSettings, tlsOption } from '@greenroom/cache-core';
import type { ConfigOption, ConfigSource, OptionTable, TlsSettings } from '@greenroom/cache-core';
import { areUsable, isSocketPath, parseAddress } from './parseAddress';
import type { Credentials, MemcacheServer, ParsedAddress } from './parseAddress';

/** The servers of `backend.cache.connection`. */
export interface MemcacheAddress {
  /** One server or more. Keys are spread over several by ketama hashing. */
  readonly servers: readonly MemcacheServer[];
  /** Credentials of each server that has none of its own. @defaultValue none */
  readonly credentials?: Credentials;
  /** TLS settings of all servers. TLS is used when this is present, even if empty. @defaultValue no TLS */
  readonly tls?: TlsSettings;
}

const urlForm = '`[memcache[s]://][user:password@]host[:port][,host[:port]...]` or `unix:/path`';

/** The option `connection`. */
export const connectionOption: ConfigOption = {
  type: 'text',
  isSecret: true,
  description: `Address of the servers, required: ${urlForm}, or an object with \`url\`.`,
};

/** Options of `connection` as an object. */
export const connectionObject: OptionTable = {
  url: {
    type: 'text',
    isSecret: true,
    description: `Address of the servers, required unless there is a socket: ${urlForm}.`,
  },
  socket: {
    type: 'section',
    options: {
      path: {
        type: 'text',
        description: 'Path of a unix socket, in place of the server of `url`. Default: none.',
      },
    },
  },
  username: { type: 'text', description: 'User name. Default: that of `url`.' },
  password: { type: 'text', isSecret: true, description: 'Password. Default: that of `url`.' },
  tls: tlsOption,
};

const EXAMPLE = 'localhost:11211';
const FORM =
  `[memcache[s]://][user:password@]host[:port][,host[:port]...] or unix:/path, such as ${EXAMPLE}, ` +
  'without path, query or fragment after a host, IPv6 in brackets, and special characters of the user name and the ' +
  'password percent-encoded, such as %2F for a slash';

/**
 * Reads `connection`, a text or `{ url, socket, username, password, tls }`. Throws CACHE_CONFIG, whose message repeats nothing of
 * `connection`.
 */
export function readAddress(config: ConfigSource): MemcacheAddress {
  const isObject = config.hasSection('connection');
  const { servers, credentials: ofUrl, hasTls } = isObject ? readServers(config) : readText(config);
  const credentials = isObject ? readCredentials(config, servers, ofUrl) : ofUrl;
  const tlsOfUrl = hasTls ? {} : undefined;
  const tls = isObject ? readTlsSettings(config, ['connection.tls'], { isWanted: hasTls }) : tlsOfUrl;
  return { servers, ...(credentials && { credentials }), ...(tls && { tls }) };
}

function readText(config: ConfigSource): ParsedAddress {
  const address = parseAddress(readConnection(config, 'memcache', EXAMPLE));
  if (!address) throw config.invalid('connection', FORM);
  return address;
}

/** A socket replaces the host of `url`, which Backstage's schema requires in an object. */
function readServers(config: ConfigSource): ParsedAddress {
  const path = readSocketPath(config);
  const url = config.getOptionalString('connection.url') ?? '';
  if (path !== undefined && url === '') return { servers: [{ path }], hasTls: false };
  const address = parseAddress(url);
  if (!address) throw config.invalid('connection.url', FORM);
  if (path === undefined) return address;
  const [{ path: pathOfUrl = path } = { path }, second] = address.servers.map(toPath);
  if (second || pathOfUrl !== path)
    throw config.invalid('connection.socket.path', 'no other socket or server in `url`');
  return { ...address, servers: [{ path }] };
}

function toPath(server: MemcacheServer): { readonly path?: string } {
  return 'path' in server ? server : {};
}

function readSocketPath(config: ConfigSource): string | undefined {
  const key = 'connection.socket.path';
  const path = config.getOptionalString(key);
  if (path !== undefined && !isSocketPath(path)) throw config.invalid(key, 'the absolute path of a unix socket');
  return path;
}

function readCredentials(
  config: ConfigSource,
  servers: readonly MemcacheServer[],
  ofUrl: Credentials | undefined,
): Credentials | undefined {
  const usernameOption = config.getOptionalString('connection.username');
  const passwordOption = config.getOptionalString('connection.password');
  const username = usernameOption ?? ofUrl?.username;
  const password = passwordOption ?? ofUrl?.password;
  if (!username && !password) return undefined;
  const credentials = { username: username ?? '', password: password ?? '' };
  if (!areUsable(credentials)) {
    throw config.invalid('connection.password', 'a user name and a password, both without spaces');
  }
  const hasOption = usernameOption !== undefined || passwordOption !== undefined;
  if (hasOption && servers.some(server => server.credentials)) {
    throw config.invalid('connection.url', 'no user names of single servers beside `username` and `password`');
  }
  return credentials;
}

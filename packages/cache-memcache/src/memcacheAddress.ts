import { createSecureContext } from 'node:tls';
import { readConnection } from '@greenroom/cache-core';
import type { ConfigSource } from '@greenroom/cache-core';
import { areUsable, parseAddress } from './parseAddress';
import type { Credentials, ServerAddress } from './parseAddress';

/** TLS of a connection, as `node:tls` takes it; certificates and keys are PEM text. */
export interface TlsSettings {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly passphrase?: string;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

/** What `backend.cache.connection` says. */
export interface MemcacheAddress {
  /** At least one. Keys are spread over several by ketama hashing. */
  readonly servers: readonly ServerAddress[];
  /** The same for every server. @defaultValue none */
  readonly credentials?: Credentials;
  /** Present = TLS. @defaultValue none */
  readonly tls?: TlsSettings;
}

const EXAMPLE = 'localhost:11211';

/** Reads `connection`, a text or `{ url, username, password, tls }`. Throws CACHE_CONFIG that shows nothing of it. */
export function readAddress(config: ConfigSource): MemcacheAddress {
  const isObject = config.hasSection('connection');
  const key = isObject ? 'connection.url' : 'connection';
  const text = isObject ? (config.getOptionalString(key) ?? '') : readConnection(config, 'memcache', EXAMPLE);
  const address = parseAddress(text);
  if (!address) {
    throw config.invalid(
      key,
      `[memcache[s]://][user:password@]host[:port][,host[:port]...], such as ${EXAMPLE}, ` +
        'with special characters of the user name and the password percent-encoded',
    );
  }
  const credentials = isObject ? readCredentials(config, address.credentials) : address.credentials;
  const tlsOfUrl = address.hasTls ? {} : undefined;
  const tls = isObject ? readTls(config, tlsOfUrl) : tlsOfUrl;
  return { servers: address.servers, ...(credentials && { credentials }), ...(tls && { tls }) };
}

function readCredentials(config: ConfigSource, ofUrl: Credentials | undefined): Credentials | undefined {
  const username = config.getOptionalString('connection.username') ?? ofUrl?.username;
  const password = config.getOptionalString('connection.password') ?? ofUrl?.password;
  if (!username && !password) return undefined;
  const credentials = { username: username ?? '', password: password ?? '' };
  if (!areUsable(credentials)) {
    throw config.invalid('connection.password', 'a user name and a password, both without spaces');
  }
  return credentials;
}

function readTls(config: ConfigSource, ofUrl: TlsSettings | undefined): TlsSettings | undefined {
  if (!config.hasSection('connection.tls')) {
    return config.getOptionalBoolean('connection.tls') ? {} : ofUrl;
  }
  const texts = (['ca', 'cert', 'key', 'passphrase', 'servername'] as const).map(
    name => [name, config.getOptionalString(`connection.tls.${name}`)] as const,
  );
  const rejectUnauthorized = config.getOptionalBoolean('connection.tls.rejectUnauthorized');
  const settings = {
    ...Object.fromEntries(texts.filter(([, text]) => text !== undefined)),
    ...(rejectUnauthorized !== undefined && { rejectUnauthorized }),
  };
  if (!areCertificates(settings)) throw config.invalid('connection.tls', 'certificates and their key as PEM text');
  return settings;
}

function areCertificates(settings: TlsSettings): boolean {
  try {
    createSecureContext(settings);
    return true;
  } catch {
    return false;
  }
}

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { ConfigSource } from '../contract/configSource';
import type { ConfigOption, OptionTable } from './configOption';
import { readOptions } from './readOptions';

/** TLS options of a connection, as `node:tls` accepts them. Certificates and keys are PEM text. */
export interface TlsSettings {
  /** Certificates of the authorities to trust. @defaultValue those that Node trusts */
  readonly ca?: string;
  /** Client certificate; present with `key`. @defaultValue none */
  readonly cert?: string;
  /** Private key of `cert`; present with `cert`. @defaultValue none */
  readonly key?: string;
  /** Passphrase of `key`; needed when the key is encrypted. @defaultValue none */
  readonly passphrase?: string;
  /** Name that the server's certificate must have. @defaultValue the host of the server */
  readonly servername?: string;
  /** Whether to refuse a server whose certificate cannot be verified. @defaultValue true */
  readonly rejectUnauthorized?: boolean;
}

/** Further inputs of {@link readTlsSettings}. */
export interface TlsPlaces {
  /** Sections that may hold TLS options too, but do not switch TLS on. @defaultValue none */
  readonly besides?: readonly string[];
  /** Whether TLS is switched on elsewhere, such as by the scheme of a URL. @defaultValue false */
  readonly isWanted?: boolean;
}

const settingOptions = {
  ca: {
    type: 'text',
    description: 'Certificates of the authorities to trust, as PEM text. Default: those of Node.',
  },
  cert: { type: 'text', description: 'Certificate to show to the server, as PEM text. Default: none.' },
  key: { type: 'text', isSecret: true, description: 'Private key of `cert`, as PEM text. Default: none.' },
  passphrase: { type: 'text', isSecret: true, description: 'Passphrase of `key`. Default: none.' },
  servername: {
    type: 'text',
    description: 'Host name that the certificate of the server must have. Default: the host.',
  },
  rejectUnauthorized: {
    type: 'boolean',
    default: true,
    description: 'Whether to refuse a server whose certificate is not to be trusted.',
  },
} as const satisfies OptionTable;

/** The option `tls` of a connection, for {@link readTlsSettings}: a boolean, or an object of settings. */
export const tlsOption: ConfigOption & { readonly options: OptionTable } = {
  type: 'boolean',
  default: false,
  options: settingOptions,
  isOpen: true,
  description: '`true`, or an object of settings: connect by TLS.',
};

const begin = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/g;
const certificate = new RegExp(`${begin.source}[^-]*-----END (?:X509 |TRUSTED )?CERTIFICATE-----`, 'g');

/**
 * Reads the TLS options of a connection. Each key may be `true`, `false` or a section of options; later ones win. Returns
 * `undefined` when nothing switches TLS on. Throws CACHE_CONFIG for options with which no connection could be made; the message
 * names the path and shows nothing of a certificate or key.
 */
export function readTlsSettings(
  config: ConfigSource,
  keys: readonly string[],
  { besides = [], isWanted = false }: TlsPlaces = {},
): TlsSettings | undefined {
  const options = keys.map(key => ({ key, isOn: config.hasSection(key) || config.getOptionalBoolean(key) }));
  const off = options.find(({ isOn }) => isOn === false);
  const settings = [...besides, ...keys].filter(key => config.hasSection(key)).map(key => readSection(config, key));
  if (!isWanted && options.every(({ isOn }) => !isOn)) return undefined;
  if (off) throw config.invalid(off.key, 'true, or nothing, since another option switches TLS on');
  const merged = settings.reduce((before, later) => ({ ...before, ...later }), {});
  checkPair(config, merged, [...options.filter(({ isOn }) => isOn).map(({ key }) => key), ...besides, ...keys]);
  return merged;
}

function readSection(config: ConfigSource, section: string): TlsSettings {
  const values = readOptions(config, settingOptions, section);
  // An unset environment variable leaves an empty text, which means none.
  const settings: TlsSettings = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''));
  for (const name of ['ca', 'cert'] as const) {
    const text = settings[name];
    if (text !== undefined && !areCertificates(text))
      throw config.invalid(`${section}.${name}`, pem('certificates', text));
  }
  return settings;
}

/** A certificate needs its key, and a key its certificate. */
function checkPair(config: ConfigSource, settings: TlsSettings, sections: readonly string[]): void {
  const { cert, key, passphrase } = settings;
  const pathOf = (name: string) => {
    const section = sections.find(
      each => config.hasSection(each) && config.getOptional(`${each}.${name}`) !== undefined,
    );
    return `${section ?? sections.find(each => config.hasSection(each)) ?? 'tls'}.${name}`;
  };
  if (cert === undefined && key === undefined) return;
  if (cert === undefined) throw config.invalid(pathOf('key'), "the certificate of the key as well, in 'cert'");
  if (key === undefined) throw config.invalid(pathOf('cert'), "the private key of the certificate as well, in 'key'");
  if (!key.includes('-----BEGIN')) throw config.invalid(pathOf('key'), pem('a private key', key));
  const isEncrypted = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(key);
  if (isEncrypted && passphrase === undefined) {
    throw config.invalid(pathOf('key'), "a private key without a passphrase, or its passphrase in 'passphrase'");
  }
  const privateKey = attempt(() => createPrivateKey({ key, ...(isEncrypted && { passphrase: passphrase ?? '' }) }));
  if (!privateKey) {
    throw isEncrypted
      ? config.invalid(pathOf('passphrase'), "the passphrase of the private key in 'key'")
      : config.invalid(pathOf('key'), pem('a private key', key));
  }
  const [first = ''] = cert.match(certificate) ?? [];
  if (!new X509Certificate(first).checkPrivateKey(privateKey)) {
    throw config.invalid(pathOf('key'), "the private key of the certificate in 'cert', not that of another one");
  }
  // OpenSSL refuses more than the checks above, such as a key that is too short.
  if (!attempt(() => createSecureContext({ cert, key, ...(passphrase !== undefined && { passphrase }) }))) {
    throw config.invalid(pathOf('cert'), 'a certificate and its private key that OpenSSL accepts');
  }
}

function areCertificates(text: string): boolean {
  const blocks = text.match(certificate) ?? [];
  return (
    blocks.length > 0 &&
    blocks.length === text.match(begin)?.length &&
    blocks.every(block => attempt(() => new X509Certificate(block))) &&
    attempt(() => createSecureContext({ ca: text })) !== undefined
  );
}

/** What is expected, with a hint at a likely mistake in the text. */
function pem(what: string, text: string): string {
  const expected = `${what} as PEM text, from '-----BEGIN' on with its line ends`;
  if (text.includes('\\n')) return `${expected}, not with '\\n' as two characters instead of a line end`;
  if (text.includes('-----BEGIN')) return expected;
  return `${expected}; the content of a file is read by '$file: <path>'`;
}

function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}

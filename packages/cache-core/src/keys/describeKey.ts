import { encodeWithin } from './storedKey';

/** What can be read from a stored key. */
export interface DescribedKey {
  /** The plugin that it belongs to. */
  readonly pluginId: string;
  /** `lease`: the entry only says that a process is loading a value. */
  readonly kind: 'entry' | 'lease';
  /** The key as the plugin knows it; absent where only a digest of it is stored. */
  readonly key?: string;
  /** Names of the namespaces that the plugin has put it into, the outer one first; `undefined` where only a digest is stored. */
  readonly namespaces?: readonly (string | undefined)[];
}

const pluginId = /^([\x21-\x39\x3b-\x7e]{1,64}):/;
const lease = /^!l/;
const namespaceStart = /^!(?=n[^!]*!|d[\w-]{27}!)/;
const namespacePart = /^(?:n([^!]*)|d[\w-]{27})!/;
const digest = /^!sha256-[\w-]{43}$/;
/** Longest encoded key, in bytes, of any store. */
const MAX_BYTES = 1000;

/**
 * Reads a stored key, from which the common prefix before the plugin id was removed. Returns `undefined` for a key that no plugin can have.
 */
export function describeKey(storedKey: string): DescribedKey | undefined {
  const [start = '', id] = pluginId.exec(storedKey) ?? [];
  if (id === undefined) return undefined;
  const rest = storedKey.slice(start.length);
  const isLease = lease.test(rest);
  const described = describeRest(isLease ? rest.slice(2) : rest);
  return described && { pluginId: id, kind: isLease ? 'lease' : 'entry', ...described };
}

function describeRest(rest: string): Pick<DescribedKey, 'key' | 'namespaces'> | undefined {
  const namespaces: (string | undefined)[] = [];
  let left = rest.replace(namespaceStart, '');
  const isInNamespace = left !== rest;
  for (let part = isInNamespace && namespacePart.exec(left); part; part = namespacePart.exec(left)) {
    const [text, name] = part;
    const decoded = name === undefined ? undefined : decode(name);
    if (name !== undefined && decoded === undefined) return undefined;
    namespaces.push(decoded);
    left = left.slice(text.length);
  }
  const described = namespaces.length > 0 ? { namespaces } : {};
  if (digest.test(left)) return described;
  const key = decode(left);
  return key === undefined ? undefined : { ...described, key };
}

/** Decodes a key. Returns `undefined` for a text that the encoding cannot produce. */
function decode(encoded: string): string | undefined {
  let key: string;
  try {
    key = encoded
      .split(/%u(D[89A-F][0-9A-F]{2})/)
      .map((part, index) => (index % 2 === 0 ? decodeURIComponent(part) : String.fromCharCode(parseInt(part, 16))))
      .join('');
  } catch {
    return undefined;
  }
  return encodeWithin(key, MAX_BYTES) === encoded ? key : undefined;
}

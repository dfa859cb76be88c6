import { CacheError } from '../contract/cacheError';
import type { ConfigSource } from '../contract/configSource';
import { DurationError, durationObjectToMs, durationTextToMs } from '../contract/duration';
import type { JsonObject, JsonValue } from '../contract/jsonValue';
import { findUnknownKeys } from './unknownKeys';
import type { UnknownKey } from './unknownKeys';

/** A {@link ConfigSource} that records what was read from it and from its sections. */
export interface RecordingConfigSource extends ConfigSource {
  /**
   * Full paths read so far, whether there was a value or not: `backend.cache.acme.url` for a value,
   * `backend.cache.acme.` for an opened section, `backend.cache.acme.nodes[` for an opened list of sections.
   */
  pathsRead(): ReadonlySet<string>;

  /**
   * Options that are set but that nobody has read or warned about so far: most likely typing errors. Names in `known`,
   * directly in this section, belong to somebody else and are never reported.
   */
  unknownKeys(known: readonly string[]): UnknownKey[];
}

/**
 * Creates a source over plain data.
 *
 * @param value - The content of the section, usually an object; `undefined` when the section is absent.
 * @param path - Path of the section, such as `backend.cache`.
 * @param warn - Receives each warning as a complete sentence. Without it warnings are dropped.
 */
export function createConfigSource(
  value: unknown,
  path: string,
  warn: (message: string) => void = () => {},
): RecordingConfigSource {
  const read = new Set<string>();
  return {
    ...createSection(value, path, warn, read),
    pathsRead: () => new Set(read),
    unknownKeys: known => findUnknownKeys(value, path, read, known),
  };
}

function createSection(value: unknown, path: string, warn: (message: string) => void, read: Set<string>): ConfigSource {
  const invalidAt = (fullPath: string, expected: string) =>
    new CacheError('CACHE_CONFIG', `Invalid configuration at '${fullPath}': expected ${expected}`);
  const invalid = (key: string, expected: string) => invalidAt(`${path}.${key}`, expected);

  function find(key: string): JsonValue | undefined {
    let current = value as JsonValue | undefined;
    let currentPath = path;
    for (const part of key.split('.')) {
      if (current === undefined || current === null) return undefined;
      if (!isObject(current)) throw invalidAt(currentPath, 'an object');
      current = Object.hasOwn(current, part) ? current[part] : undefined;
      currentPath += `.${part}`;
    }
    return current ?? undefined;
  }

  function getOptional(key: string): JsonValue | undefined {
    read.add(`${path}.${key}`);
    return find(key);
  }

  function getOptionalDurationMs(key: string): number | undefined {
    const duration = getOptional(key);
    if (duration === undefined) return undefined;
    const ms = toMs(duration, `${path}.${key}`);
    if (!(ms > 0)) throw invalid(key, 'a duration above 0');
    return ms;
  }

  function toSection(content: JsonValue, key: string): ConfigSource {
    if (!isObject(content)) throw invalid(key, 'an object');
    return createSection(content, `${path}.${key}`, warn, read);
  }

  return {
    path,
    keys: () => (isObject(value) ? Object.keys(value) : []),
    getOptional,
    hasSection: key => isObject(find(key)),

    getOptionalSection(key) {
      read.add(`${path}.${key}.`);
      const content = find(key);
      return content === undefined ? undefined : toSection(content, key);
    },

    getOptionalSections(key) {
      read.add(`${path}.${key}[`);
      const list = find(key);
      if (list === undefined) return undefined;
      if (!Array.isArray(list)) throw invalid(key, 'a list');
      return list.map((content, index) => toSection(content, `${key}[${index}]`));
    },

    getOptionalDurationMs,
    invalid,

    warn(key, text) {
      read.add(`${path}.${key}`);
      warn(`'${path}.${key}' ${text}`);
    },

    getOptionalString(key) {
      const text = getOptional(key);
      if (text !== undefined && typeof text !== 'string') throw invalid(key, 'text');
      return text;
    },

    getOptionalBoolean(key) {
      const flag = getOptional(key);
      if (flag === undefined || typeof flag === 'boolean') return flag;
      const text = typeof flag === 'object' ? '' : String(flag).trim();
      if (/^(?:y|yes|true|1|on)$/i.test(text)) return true;
      if (/^(?:n|no|false|0|off)$/i.test(text)) return false;
      throw invalid(key, 'true or false');
    },

    getOptionalInteger(key, minimum) {
      const raw = getOptional(key);
      if (raw === undefined) return undefined;
      const number = toNumber(raw);
      if (!Number.isSafeInteger(number) || number < minimum)
        throw invalid(key, `a whole number of at least ${minimum}`);
      return number;
    },
  };
}

function toMs(duration: JsonValue, path: string): number {
  if (typeof duration === 'number') return duration;
  try {
    return typeof duration === 'string' ? durationTextToMs(duration) : durationObjectToMs(withNumbers(duration));
  } catch (error) {
    if (!(error instanceof DurationError)) throw error;
    // Shows the text as Backstage does, unless it may be an address with a password that got into the wrong place.
    const shown = typeof duration === 'string' && /^[\w .,+-]{0,30}$/.test(duration) ? ` '${duration}'` : '';
    throw new CacheError('CACHE_CONFIG', `Invalid duration${shown} in config at '${path}': ${error.message}`);
  }
}

function withNumbers(duration: JsonValue): unknown {
  if (!isObject(duration)) return duration;
  return Object.fromEntries(
    Object.entries(duration)
      .filter(([, amount]) => amount !== null)
      .map(([unit, amount]) => [unit, toNumber(amount)]),
  );
}

/** Returns NaN for anything that is not a number. */
function toNumber(value: unknown): number {
  if (typeof value === 'number') return value;
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : NaN;
  return Number.isFinite(number) ? number : NaN;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import type { JsonObject } from '../contract/jsonValue';
import { cacheOptions } from './cacheConfig';
import type { ConfigOption, OptionTable } from './configOption';

/** What a driver reads from `backend.cache`, as plain data. */
export interface DriverSchema {
  /** Name of the store, and of its section: `backend.cache.<store>`. */
  readonly store: string;
  /** Options in that section. */
  readonly options: OptionTable;
  /**
   * Present for a store that Backstage's own schema has: the options then apply only where `store` is its name. Absent for any other store:
   * its section is allowed beside any value of `store`, since `driver` chooses it.
   */
  readonly builtIn?: BuiltInStore;
}

/** What a store reads besides its section, if Backstage's own schema has this store. */
export interface BuiltInStore {
  /** The option `connection`. @defaultValue the store has none */
  readonly connection?: ConfigOption;
  /** Options of `connection` as an object, where Backstage's own schema allows only text. @defaultValue none */
  readonly connectionObject?: OptionTable;
  /** Sections of other stores that are read too. @defaultValue none */
  readonly otherSections?: OptionTable;
}

const durationUnits = ['years', 'months', 'weeks', 'days', 'hours', 'minutes', 'seconds', 'milliseconds'];
const durationTypes = [
  { type: 'number' },
  { type: 'string' },
  toObject(Object.fromEntries(durationUnits.map(unit => [unit, { type: 'number' }]))),
];

/**
 * The JSON schema of a driver's options, for the `configSchema` of its package. Backstage merges the schemas of all packages with its own,
 * in which `backend.cache` is a choice between stores. A plain object instead would reject what Backstage accepts, so this is a choice as
 * well: between the driver's store and any other store, or a choice with a single case.
 */
export function toConfigSchema({ store, options, builtIn }: DriverSchema): JsonObject {
  const section = toProperties({ [store]: { type: 'section', options } });
  if (!builtIn) return toBackendSchema({ anyOf: [toChoice({ store: { type: 'string' }, ...section })] });
  const { connection, connectionObject, otherSections = {} } = builtIn;
  return toBackendSchema({
    anyOf: [
      toChoice({
        store: { type: 'string', const: store },
        ...(connection && toProperties({ connection })),
        ...section,
        ...toProperties(otherSections),
      }),
      // Prevents an invalid option from matching here.
      toChoice({ store: { type: 'string', not: { const: store } } }),
    ],
    // Beside the choice, so that Backstage finds the secrets in the object although its own schema expects text.
    ...(connectionObject && {
      ...toObject(toProperties({ connection: { type: 'text', options: connectionObject, isOpen: true } })),
      additionalProperties: true,
    }),
  });
}

/** The JSON schema of what `backend.cache` has for every store: `store`, `driver`, ttls and the policies of plugins. */
export function createCommonSchema(): JsonObject {
  return toBackendSchema({ anyOf: [toChoice(toProperties(cacheOptions))] });
}

function toBackendSchema(cache: JsonObject): JsonObject {
  return { $schema: 'http://json-schema.org/draft-07/schema#', ...toObject({ backend: toObject({ cache }) }) };
}

function toChoice(properties: JsonObject): JsonObject {
  return { ...toObject(properties), required: ['store'] };
}

function toProperties(options: OptionTable): JsonObject {
  return Object.fromEntries(Object.entries(options).map(([name, option]) => [name, toOptionSchema(option)]));
}

function toOptionSchema(option: ConfigOption): JsonObject {
  const { type, description, default: defaultValue, isSecret = false, options, isOpen = false } = option;
  if (type === 'withoutEffect') return { description: 'Accepted without effect.' };
  const object = options && { ...toObject(toProperties(options)), ...(isOpen && { additionalProperties: true }) };
  return {
    ...toTypes(option, object),
    ...(description !== undefined && { description }),
    ...(defaultValue !== undefined && { default: defaultValue }),
    ...(isSecret && { visibility: 'secret' }),
  };
}

function toTypes({ type, minimum = 0 }: ConfigOption, object: JsonObject | undefined): JsonObject {
  if (type === 'section') return { ...object };
  if (type === 'list') return { type: 'array', items: { ...object } };
  if (type === 'sections') return { type: 'object', additionalProperties: { ...object } };
  if (type === 'duration') return { anyOf: [...durationTypes, ...(object ? [object] : [])] };
  // Not `integer`: Backstage's own schema says `number` for some of the same options, and a branch in which the two types meet is dropped
  // when the schemas are merged, so that a valid value is rejected. `readOptions` rejects fractions.
  const simple: JsonObject =
    type === 'integer' ? { type: 'number', minimum } : { type: type === 'text' ? 'string' : type };
  return object ? { anyOf: [simple, object] } : simple;
}

function toObject(properties: JsonObject): JsonObject {
  return { type: 'object', properties };
}

import type { JsonValue } from '@backstage/types';

/** The part of JSON Schema that Greenroom's schemas use. */
export interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly visibility?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}

/** One option: its path, such as `redis.cluster.rootNodes[].url` or `plugin.<id>.enabled`, and its schema. */
export interface SchemaOption {
  readonly path: string;
  readonly schema: JsonSchema;
}

/** Every option of a package under `backend.cache`. Each of them has a description. */
export function listOptions(schema: JsonSchema): SchemaOption[] {
  const options = new Map<string, JsonSchema>();

  function visit(current: JsonSchema, path: string): void {
    if (current.description !== undefined && !options.has(path)) options.set(path, current);
    for (const branch of current.anyOf ?? []) visit(branch, path);
    if (typeof current.additionalProperties === 'object') visit(current.additionalProperties, `${path}.<id>`);
    if (current.items) visit(current.items, `${path}[]`);
    for (const [name, child] of Object.entries(current.properties ?? {})) {
      visit(child, path === '' ? name : `${path}.${name}`);
    }
  }

  const cache = schema.properties?.backend?.properties?.cache;
  if (cache) visit(cache, '');
  return [...options].map(([path, option]) => ({ path, schema: option }));
}

/**
 * A configuration that sets every option. Where an option may be text or an object, it is an object.
 *
 * @param values - Values for options of these names; `undefined` leaves an option out.
 */
export function fillIn(schema: JsonSchema, values: Readonly<Record<string, unknown>>): JsonValue {
  const branch =
    schema.anyOf?.find(each => each.type === 'number') ?? schema.anyOf?.find(each => each.type === 'object');
  if (branch) return fillIn(branch, values);
  if (schema.items) return [fillIn(schema.items, values)];
  if (schema.type === 'boolean') return true;
  if (schema.type === 'number') return 1;
  if (!schema.properties) return 'text';
  return Object.fromEntries(
    Object.entries(schema.properties)
      .map(([name, child]) => [name, name in values ? values[name] : fillIn(child, values)] as const)
      .filter((entry): entry is [string, JsonValue] => entry[1] !== undefined),
  );
}

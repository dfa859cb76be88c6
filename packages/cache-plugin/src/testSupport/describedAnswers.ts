import addFormats from 'ajv-formats';
import Ajv from 'ajv/dist/2020';
import openApiDocument from '../../openapi.json';
import type { JsonResponse } from './startBackend';

interface Reference {
  readonly $ref: string;
}
interface Described {
  readonly content: Readonly<Record<string, { readonly schema: object }>>;
}
type Responses = Readonly<Record<string, Described | Reference>>;

const { components } = openApiDocument;
const paths = openApiDocument.paths as Readonly<
  Record<string, Readonly<Record<string, { readonly responses: Responses }>>>
>;

/** The routes that the document describes, such as `GET /v1/status`. */
export const describedRoutes: readonly string[] = Object.entries(paths).flatMap(([path, methods]) =>
  Object.keys(methods).map(method => `${method.toUpperCase()} ${path}`),
);

/** Checks answers against the document, and remembers which properties they had. */
export interface AnswerCheck {
  /** Throws when the document does not describe this status of the route, or when the body does not have exactly the described form. */
  check(route: string, response: JsonResponse): void;
  /** Properties that the document describes but no answer has had, such as `Status.connections`. */
  unseen(): readonly string[];
}

export function createAnswerCheck(): AnswerCheck {
  const seen = new Set<string>();
  const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
  addFormats(ajv);
  ajv.addKeyword({
    keyword: 'described',
    validate: (name: string) => {
      seen.add(name);
      return true;
    },
  });
  const schemas = Object.entries(components.schemas).map(([name, schema]) => [name, toStrict(schema, name)]);
  ajv.addSchema({ $id: 'document', $defs: Object.fromEntries(schemas) as object });

  return {
    check(route, { status, body }) {
      const [method = '', path = ''] = route.split(' ');
      const { schema } = resolve(paths[path]?.[method.toLowerCase()]?.responses[status], `${route} ${status}`);
      const text = JSON.stringify(schema).replaceAll('#/components/schemas/', 'document#/$defs/');
      if (!ajv.validate(JSON.parse(text) as object, body)) {
        throw new Error(`${route} ${status}: ${ajv.errorsText()} in ${JSON.stringify(body)}`);
      }
    },
    unseen: () => describedProperties(schemas.map(([, schema]) => schema)).filter(name => !seen.has(name)),
  };
}

/** The described body of an answer. */
function resolve(response: Described | Reference | undefined, place: string): { readonly schema: object } {
  if (response === undefined) throw new Error(`${place} is not described`);
  if (!('$ref' in response)) return response.content['application/json'] ?? resolve(undefined, place);
  const name = response.$ref.replace('#/components/responses/', '') as keyof typeof components.responses;
  return resolve(components.responses[name], place);
}

/** A copy of the schema that refuses other properties, and reports those that it meets. */
function toStrict(schema: unknown, place: string): unknown {
  if (Array.isArray(schema)) return schema.map(each => toStrict(each, place));
  if (typeof schema === 'string') return schema.replace('#/components/schemas/', '#/$defs/');
  if (typeof schema !== 'object' || schema === null) return schema;
  const { properties, ...others } = schema as { readonly properties?: Readonly<Record<string, object>> };
  const copy = Object.fromEntries(Object.entries(others).map(([key, value]) => [key, toStrict(value, place)]));
  if (!properties) return copy;
  const strict = Object.entries(properties).map(([key, value]) => {
    const name = `${place}.${key}`;
    return [key, { ...(toStrict(value, name) as object), described: name }];
  });
  // Backstage may add properties to an error.
  const isOpen = place.startsWith('Error');
  return { ...copy, properties: Object.fromEntries(strict) as object, ...(!isOpen && { additionalProperties: false }) };
}

function describedProperties(schema: unknown): readonly string[] {
  return [...JSON.stringify(schema).matchAll(/"described":"([^"]*)"/g)].map(([, name = '']) => name);
}

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

/** `GET /v1/status` and the like: what the document describes. */
export const describedRoutes: readonly string[] = Object.entries(paths).flatMap(([path, methods]) =>
  Object.keys(methods).map(method => `${method.toUpperCase()} ${path}`),
);

/** Holds answers against the document, and remembers what it has seen. */
export interface AnswerCheck {
  /** Throws when the document has not this status for this route, or describes another body, or lacks a property of this one. */
  check(route: string, response: JsonResponse): void;
  /** The properties that the document describes, and no answer has had: `Status.connections` and the like. */
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

/** The body that is described for an answer. */
function resolve(response: Described | Reference | undefined, place: string): { readonly schema: object } {
  if (response === undefined) throw new Error(`${place} is not described`);
  if (!('$ref' in response)) return response.content['application/json'] ?? resolve(undefined, place);
  const name = response.$ref.replace('#/components/responses/', '') as keyof typeof components.responses;
  return resolve(components.responses[name], place);
}

/** The same schema, which lets no other properties pass, and notes those that it meets. */
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
  // What Backstage adds to an error is its own affair.
  const isOpen = place.startsWith('Error');
  return { ...copy, properties: Object.fromEntries(strict) as object, ...(!isOpen && { additionalProperties: false }) };
}

function describedProperties(schema: unknown): readonly string[] {
  return [...JSON.stringify(schema).matchAll(/"described":"([^"]*)"/g)].map(([, name = '']) => name);
}

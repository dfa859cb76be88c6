import type { JsonObject } from '../contract/jsonValue';
import type { ConfigOption } from './configOption';
import { createCommonSchema, toConfigSchema } from './toConfigSchema';

const url: ConfigOption = { type: 'text', isSecret: true, description: 'Where the server is, required.' };
const urlSchema = { type: 'string', description: 'Where the server is, required.', visibility: 'secret' };
const durationSchema = [
  { type: 'number' },
  { type: 'string' },
  {
    type: 'object',
    properties: Object.fromEntries(
      ['years', 'months', 'weeks', 'days', 'hours', 'minutes', 'seconds', 'milliseconds'].map(unit => [
        unit,
        { type: 'number' },
      ]),
    ),
  },
];

/** The whole schema around what is under `backend.cache`. */
const around = (cache: JsonObject) => ({
  $schema: 'http://json-schema.org/draft-07/schema#',
  type: 'object',
  properties: { backend: { type: 'object', properties: { cache } } },
});
const choice = (properties: JsonObject) => ({ type: 'object', properties, required: ['store'] });

describe('the schema of a driver chosen by `driver`', () => {
  it('allows the section of the driver beside any store', () => {
    expect(toConfigSchema({ store: 'acme', options: { url } })).toEqual(
      around({
        anyOf: [choice({ store: { type: 'string' }, acme: { type: 'object', properties: { url: urlSchema } } })],
      }),
    );
  });
});

describe('the schema of a store that Backstage also has', () => {
  it('is a choice between this store and any other store', () => {
    expect(toConfigSchema({ store: 'acme', options: { url }, builtIn: {} })).toEqual(
      around({
        anyOf: [
          choice({
            store: { type: 'string', const: 'acme' },
            acme: { type: 'object', properties: { url: urlSchema } },
          }),
          choice({ store: { type: 'string', not: { const: 'acme' } } }),
        ],
      }),
    );
  });

  it('includes the connection and the other sections that the store reads', () => {
    const builtIn = {
      connection: url,
      otherSections: { other: { type: 'section', options: { url } } },
    } as const;
    const section = { type: 'object', properties: { url: urlSchema } };
    expect(toConfigSchema({ store: 'acme', options: { url }, builtIn })).toEqual(
      around({
        anyOf: [
          choice({
            ...{ store: { type: 'string', const: 'acme' }, connection: urlSchema },
            ...{ acme: section, other: section },
          }),
          choice({ store: { type: 'string', not: { const: 'acme' } } }),
        ],
      }),
    );
  });

  it('allows text or an object as connection, declared beside the choice of stores', () => {
    const schema = toConfigSchema({ store: 'acme', options: {}, builtIn: { connectionObject: { url } } });
    expect(schema.properties).toMatchObject({
      backend: {
        properties: {
          cache: {
            type: 'object',
            properties: {
              connection: {
                anyOf: [
                  { type: 'string' },
                  { type: 'object', properties: { url: urlSchema }, additionalProperties: true },
                ],
              },
            },
            additionalProperties: true,
          },
        },
      },
    });
  });
});

describe('the schema of an option', () => {
  const nested = { url } as const;
  const nestedSchema = { type: 'object', properties: { url: urlSchema } };

  it.each<[string, ConfigOption, JsonObject]>([
    ['text', { type: 'text', default: ':' }, { type: 'string', default: ':' }],
    ['a secret', { type: 'text', isSecret: true }, { type: 'string', visibility: 'secret' }],
    ['a boolean', { type: 'boolean', default: false }, { type: 'boolean', default: false }],
    ['an integer', { type: 'integer', minimum: 1, default: 5 }, { type: 'number', minimum: 1, default: 5 }],
    ['an integer without a minimum', { type: 'integer' }, { type: 'number', minimum: 0 }],
    ['a duration', { type: 'duration', default: 500 }, { anyOf: durationSchema, default: 500 }],
    ['a section', { type: 'section', options: nested }, nestedSchema],
    ['a list of sections', { type: 'list', options: nested }, { type: 'array', items: nestedSchema }],
    ['named sections', { type: 'sections', options: nested }, { type: 'object', additionalProperties: nestedSchema }],
    [
      'a boolean or a section',
      { type: 'boolean', default: false, options: nested },
      { anyOf: [{ type: 'boolean' }, nestedSchema], default: false },
    ],
    [
      'text or an open section',
      { type: 'text', options: nested, isOpen: true, isSecret: true },
      { anyOf: [{ type: 'string' }, { ...nestedSchema, additionalProperties: true }], visibility: 'secret' },
    ],
    ['a duration or a section', { type: 'duration', options: nested }, { anyOf: [...durationSchema, nestedSchema] }],
    [
      'an option with a description',
      { type: 'text', description: 'A name.' },
      { type: 'string', description: 'A name.' },
    ],
    ['an option without effect', { type: 'withoutEffect' }, { description: 'Accepted without effect.' }],
  ])('is generated for %s', (_kind, option, expected) => {
    expect(toConfigSchema({ store: 'acme', options: { option } })).toEqual(
      around({
        anyOf: [choice({ store: { type: 'string' }, acme: { type: 'object', properties: { option: expected } } })],
      }),
    );
  });
});

it('the common schema has the options that every store reads', () => {
  const schema = createCommonSchema();
  expect(schema).toEqual(
    around({
      anyOf: [
        choice({
          store: { type: 'string', description: 'Name of the store.', default: 'memory' },
          driver: {
            type: 'string',
            description: 'Name of a driver that was added to the backend; wins over `store`. Default: none.',
          },
          defaultTtl: {
            anyOf: durationSchema,
            description: 'Life of entries that are set without a `ttl`: ms, or a duration. Default: no expiry.',
          },
          maxTtl: { anyOf: durationSchema, description: 'Longest life of an entry: ms, or a duration. Default: none.' },
          near: {
            anyOf: [
              { type: 'boolean' },
              {
                type: 'object',
                properties: {
                  enabled: {
                    type: 'boolean',
                    description: 'Whether plugins without a setting of their own have one.',
                    default: true,
                  },
                  maxStaleness: {
                    anyOf: durationSchema,
                    description: 'Longest time that a read may be behind the store: ms, or a duration.',
                    default: 2000,
                  },
                  maxBytes: {
                    type: 'number',
                    minimum: 65_536,
                    description:
                      'Memory in each backend process for the copies of all plugins, those of frozen reads included.',
                    default: 16_777_216,
                  },
                },
              },
            ],
            description:
              'Whether reads of what was just read or set are answered in the backend process, and its options.',
            default: false,
          },
          plugin: {
            type: 'object',
            additionalProperties: {
              type: 'object',
              properties: {
                enabled: {
                  type: 'boolean',
                  description: 'Whether the plugin has a cache. If not, every read is a miss and nothing is stored.',
                  default: true,
                },
                defaultTtl: {
                  anyOf: durationSchema,
                  description:
                    'Life of entries that the plugin sets without a `ttl`: ms, or a duration. Default: `defaultTtl`.',
                },
                maxTtl: {
                  anyOf: durationSchema,
                  description: 'Longest life of an entry of the plugin: ms, or a duration. Default: `maxTtl`.',
                },
                maxValueBytes: {
                  type: 'number',
                  minimum: 1,
                  description: 'Largest value that is stored, in bytes of its JSON. Default: what the store takes.',
                },
                encrypt: {
                  type: 'boolean',
                  description: 'Whether the values of the plugin are encrypted, with the keys in `encryption`.',
                  default: false,
                },
                near: {
                  anyOf: [
                    { type: 'boolean' },
                    {
                      type: 'object',
                      properties: {
                        maxStaleness: {
                          anyOf: durationSchema,
                          description:
                            'Longest time that a read of the plugin may be behind the store: ms, or a duration. Default: `near.maxStaleness`.',
                        },
                      },
                    },
                  ],
                  description: 'Whether the plugin has a near cache, and its options. Default: `near`.',
                },
              },
            },
            description: 'Policies of plugins, by plugin id. Default: none.',
          },
          encryption: {
            type: 'object',
            properties: {
              keys: {
                type: 'array',
                items: {
                  type: 'object',
                  properties: {
                    secret: {
                      type: 'string',
                      description: '32 random bytes in base64, required.',
                      visibility: 'secret',
                    },
                  },
                },
                description: 'Keys for plugins with `encrypt`: the first one encrypts, all decrypt. Default: none.',
              },
            },
          },
        }),
      ],
    }),
  );
});

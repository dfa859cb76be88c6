import type { OptionTable } from './configOption';
import { createConfigSource } from './createConfigSource';
import { readOptions } from './readOptions';

const options = {
  url: { type: 'text', isSecret: true },
  isShared: { type: 'boolean', default: false },
  maxBytes: { type: 'integer', minimum: 1, default: 1000 },
  retries: { type: 'integer' },
  patience: { type: 'duration', default: 500 },
  tls: { type: 'boolean', options: { ca: { type: 'text' } } },
  nodes: { type: 'list', options: { url: { type: 'text' } } },
  client: { type: 'section', options: { name: { type: 'text' } } },
  keepAlive: { type: 'withoutEffect' },
} as const satisfies OptionTable;

const sourceOf = (acme: object, warnings: string[] = []) =>
  createConfigSource({ acme }, 'backend.cache', warning => warnings.push(warning));

it('reads each scalar option by its type, and a duration as ms', () => {
  const acme = { url: 'acme://host', isShared: 'yes', maxBytes: '5', retries: 0, patience: '2s' };
  // The types are those of the table, so that an option that is not in it does not compile.
  const values: {
    readonly url?: string;
    readonly isShared?: boolean;
    readonly maxBytes?: number;
    readonly retries?: number;
    readonly patienceMs?: number;
  } = readOptions(sourceOf(acme), options, 'acme');

  expect(values).toEqual({ url: 'acme://host', isShared: true, maxBytes: 5, retries: 0, patienceMs: 2000 });
});

it('reads the options of a section that is already open', () => {
  const section = sourceOf({ url: 'acme://host' }).getOptionalSection('acme');
  expect(section && readOptions(section, options)).toEqual({ url: 'acme://host' });
});

it('omits options that are not configured and applies no defaults', () => {
  expect(readOptions(sourceOf({}), options, 'acme')).toEqual({});
  expect(readOptions(sourceOf({ url: null }), options, 'acme')).toEqual({});
});

it('leaves sections, lists and options that may be sections to the caller', () => {
  const source = sourceOf({ tls: { ca: 'pem' }, nodes: [{ url: 'acme://host' }], client: { name: 'a' } });
  expect(readOptions(source, options, 'acme')).toEqual({});
  expect(source.unknownKeys([]).map(({ path }) => path)).toEqual(
    ['tls', 'nodes', 'client'].map(key => `backend.cache.acme.${key}`),
  );
});

it('warns about an option without effect', () => {
  const warnings: string[] = [];
  const source = sourceOf({ keepAlive: { delay: 5 } }, warnings);

  expect(readOptions(source, options, 'acme')).toEqual({});

  expect(warnings).toEqual(["'backend.cache.acme.keepAlive' has no effect and can be removed"]);
  expect(source.unknownKeys([])).toEqual([]);
});

it.each([
  ['url', 5, 'text'],
  ['isShared', 'perhaps', 'true or false'],
  ['maxBytes', 0, 'a whole number of at least 1'],
  ['retries', -1, 'a whole number of at least 0'],
  ['patience', 0, 'a duration above 0'],
])('rejects an invalid value of %s with its path', (name, value, expected) => {
  expect(() => readOptions(sourceOf({ [name]: value }), options, 'acme')).toThrow(
    `Invalid configuration at 'backend.cache.acme.${name}': expected ${expected}`,
  );
});

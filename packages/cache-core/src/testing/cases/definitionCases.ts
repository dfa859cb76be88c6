import assert from 'node:assert/strict';
import { isPromise } from '../../guard/ownPromise';
import { isCacheError } from '../../contract/cacheError';
import { createConfigSource } from '../../config/createConfigSource';
import type { CacheDriverDefinition } from '../../contract/driver';
import { casesOf } from '../harness/casesOf';
import type { ConformanceCase } from '../harness/conformanceTarget';
import { show } from '../harness/history';

const PATH = 'backend.cache';
/** Not a URL, a number or a duration, and long enough to be recognized in a message. */
const SECRET = '5e4c2a71/secret@nowhere:%';
/** Most options have to refuse some of these. */
const wrongValues = [SECRET, -1, true, [SECRET], { inner: SECRET }];

const { targetCase } = casesOf('contract');

export const definitionCases: readonly ConformanceCase[] = [
  targetCase('the definition has the members that core requires', async ({ driver, options }) => {
    const fault = findFault(driver, options);
    if (fault) assert.fail(`The definition of the driver ${fault}`);
  }),
  targetCase(
    'wrong options throw CACHE_CONFIG at once, and the message does not show the value',
    async ({ driver }) => {
      for (const path of assertParses(driver, undefined)) {
        for (const value of wrongValues) assertParses(driver, toConfig(path, value));
      }
    },
  ),
];

function findFault(definition: CacheDriverDefinition, options: unknown): string | undefined {
  const { contractVersion, store } = definition as Partial<Record<keyof CacheDriverDefinition, unknown>>;
  if (contractVersion !== 1) return `has the contractVersion ${show(contractVersion)}, where 1 is expected`;
  if (typeof store !== 'string' || !/^[\w-]+$/.test(store) || store === '__proto__') {
    return `has the store ${show(store)}, where a name of letters, digits, "-" and "_" is expected`;
  }
  for (const member of ['parseOptions', 'create'] as const) {
    if (typeof definition[member] !== 'function') return `has no function ${member}`;
  }
  const policy: unknown = definition.policy?.(options) ?? {};
  if (typeof policy !== 'object' || isPromise(policy)) return `has a policy that returns no object`;
  return undefined;
}

/** Parses the options. Fails unless they are accepted, or refused properly. Returns the paths that were read. */
function assertParses(definition: CacheDriverDefinition, config: unknown): ReadonlySet<string> {
  const source = createConfigSource(config, PATH);
  const when = `parseOptions, with backend.cache being ${show(config)},`;
  let parsed: unknown;
  try {
    parsed = definition.parseOptions(source);
  } catch (error) {
    if (!isCacheError(error, 'CACHE_CONFIG')) {
      assert.fail(`${when} throws ${String(error)}, where a CacheError with the code CACHE_CONFIG is expected`);
    }
    if (!error.message.includes(PATH)) assert.fail(`${when} throws "${error.message}", which names no path`);
    if (error.message.includes(SECRET)) assert.fail(`${when} throws "${error.message}", which shows the value`);
    return source.pathsRead();
  }
  if (isPromise(parsed)) {
    // The rejection of the promise must not stay unhandled.
    parsed.then(undefined, () => {});
    assert.fail(`${when} gives a promise, where the options are expected at once`);
  }
  return source.pathsRead();
}

/** `backend.cache.acme.url` becomes `{ acme: { url: value } }`. Where the path has a list, so does the result. */
function toConfig(path: string, value: unknown): unknown {
  const names = path.slice(PATH.length + 1).split(/[.[]/);
  return names
    .filter(name => name !== '' && !name.endsWith(']'))
    .reduceRight((inner, name) => ({ [name]: inner }), value);
}

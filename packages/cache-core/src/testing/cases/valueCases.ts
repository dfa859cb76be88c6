import type { JsonValue } from '../../contract/jsonValue';
import { casesOf } from '../harness/casesOf';
import type { ConformanceCase } from '../harness/conformanceTarget';
import { expectGet } from '../harness/expectGet';
import { uniqueName } from '../harness/uniqueName';
import { withDriver } from '../harness/withDriver';

const values: readonly JsonValue[] = [
  ...['', 'bob', 'null', '👩‍🚀\0\r\n"\\', '\ud800', 0, -1.5, 1e300, 5e-324, true, false, null, [], {}, [[]], [null]],
  { a: [1, { b: null }], 'key with spaces': { '': 'empty key' }, constructor: 'x' },
  JSON.parse('{"__proto__":{"polluted":true}}') as JsonValue,
  Array.from({ length: 1000 }, (_, index) => ({ index, text: `entry ${index}` })),
];

const { cacheCase } = casesOf('values');
const shared = casesOf('values', 'sharedStore');

export const valueCases: readonly ConformanceCase[] = [
  cacheCase('every JSON value comes back with the same content', async cache => {
    for (const [index, value] of values.entries()) await cache.set(`key-${index}`, value);
    for (const [index, value] of values.entries()) await expectGet(cache, `key-${index}`, value);
  }),
  shared.managerCase('a text that core did not write is a miss, and the next set replaces it', (manager, target) =>
    withDriver(target, async driver => {
      const pluginId = uniqueName();
      const { namespace = '', keyPrefixSeparator = ':' } = target.driver.policy?.(target.options) ?? {};
      const storedKey = `${namespace && namespace + keyPrefixSeparator}${pluginId}:key`;
      const cache = manager.forPlugin(pluginId);
      for (const text of ['{"cut off":', '', '#9 of a later version', '\x01']) {
        await driver.set(storedKey, text);
        await expectGet(cache, 'key', undefined);
        await cache.set('key', 'value');
        await expectGet(cache, 'key', 'value');
      }
    }),
  ),
];

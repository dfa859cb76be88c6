import type { CacheManager } from '../../cacheManager';
import { casesOf } from '../harness/casesOf';
import type { ConformanceCase } from '../harness/conformanceTarget';
import { createHistory } from '../harness/history';
import { expectGet, expectResults } from '../harness/expectGet';
import { uniqueName } from '../harness/uniqueName';

/** Asserts that each pair of plugin id and key has an entry of its own. */
async function assertApart(manager: CacheManager, places: readonly (readonly [string, string])[]): Promise<void> {
  const history = createHistory();
  const expectPlace = (pluginId: string, key: string, expected: unknown) =>
    expectGet({ history, get: () => manager.forPlugin(pluginId).get(key) }, describe(pluginId, key), expected);
  for (const [pluginId, key] of places) {
    await expectPlace(pluginId, key, undefined);
    history.note(describe(pluginId, key), 'set');
    await manager.forPlugin(pluginId).set(key, [pluginId, key.length]);
  }
  for (const [pluginId, key] of places) {
    await expectPlace(pluginId, key, [pluginId, key.length]);
  }
  for (const [pluginId, key] of places) {
    history.note(describe(pluginId, key), 'deleted');
    await manager.forPlugin(pluginId).delete(key);
    await expectPlace(pluginId, key, undefined);
  }
}

function describe(pluginId: string, key: string): string {
  return `${key.slice(0, 40)} of plugin ${pluginId}`;
}

const hostileKeys = [
  ...['', ' ', '  ', '\0', '\0\0', '\n', '\r\n', '\t', '%', '%20', '%2520', '%00', 'a b', 'a%20b', 'a+b', 'a  b'],
  ...['__proto__', 'constructor', 'toString', 'ключ', 'キー', '👩‍🚀', '👩', 'é', 'e\u0301', 'É'],
  ...['\ud800', '\ud801', '\udfff', '\ufffd', 'x\ud800y', '!sha256-', '!', '*', '?', '[a]', '\\', '{a}', '$&', "$'"],
  ...['get x\r\nset y 0 0 1\r\nz', 'key 0 60 1\r\nv', ':', '::', 'a:', ':a'],
];

const { cacheCase, managerCase } = casesOf('keys');

export const keyCases: readonly ConformanceCase[] = [
  managerCase('two plugins with the same key do not share an entry', async manager => {
    const [one, two, key] = [uniqueName(), uniqueName(), uniqueName()];
    await assertApart(manager, [
      [one, key],
      [two, key],
    ]);
  }),
  managerCase('plugins whose ids start alike or differ only in case do not share entries', async manager => {
    const id = uniqueName();
    const pluginIds = [id, `${id}-a`, `${id}_a`, `${id}a`, `${id}-A`, `${id}.a`, `${id}--a`];
    await assertApart(
      manager,
      pluginIds.flatMap(pluginId => ['key', 'a:key', '-a:key', '-key'].map(key => [pluginId, key] as const)),
    );
  }),
  managerCase('a key that looks like another plugin and its key does not reach that entry', async manager => {
    const [one, two] = [uniqueName(), uniqueName()];
    await assertApart(manager, [
      [one, `${two}:key`],
      [two, 'key'],
      [one, 'key'],
      [two, `${one}:key`],
    ]);
  }),
  cacheCase('every text is a distinct key, whatever characters it holds', async cache => {
    await Promise.all(hostileKeys.map((key, index) => cache.set(key, index)));
    const values = await Promise.all(hostileKeys.map(key => cache.get(key)));
    expectResults(cache, hostileKeys, values, [...hostileKeys.keys()]);
  }),
  cacheCase('10,000-character keys that differ in their last character are different keys', async cache => {
    const key = 'ä'.repeat(9_999);
    await cache.set(`${key}1`, 1);
    await cache.set(`${key}2`, 2);
    await expectGet(cache, `${key}1`, 1);
    await expectGet(cache, `${key}2`, 2);
  }),
  managerCase('a delete by one plugin does not touch the same key of another', async manager => {
    const [one, two] = [manager.forPlugin(uniqueName()), manager.forPlugin(uniqueName())];
    const key = uniqueName();
    await one.set(key, 1);
    await two.set(key, 2);
    await one.delete(key);
    await expectGet(one, key, undefined);
    await expectGet(two, key, 2);
  }),
];

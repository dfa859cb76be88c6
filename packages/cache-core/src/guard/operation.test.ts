import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonValue } from '../contract/jsonValue';
import { Read } from './operation';
import { collectGarbage } from '../testing/harness/usedHeap';

const plugin = { pluginId: 'catalog', keyPrefix: 'catalog:' };

describe('an operation', () => {
  it('resolves once', async () => {
    const read = new Read(plugin, 'get', 'catalog:key', 0);
    const result = read.result();
    read.settle('value');
    read.settle('other');
    await expect(result).resolves.toBe('value');
  });

  it('does not keep its result in memory', async () => {
    const read = new Read(plugin, 'get', 'catalog:key', 0);
    const settle = async () => {
      const value: JsonValue = { items: [1, 2, 3] };
      const result = read.result();
      read.settle(value);
      expect(await result).toBe(value);
      return new WeakRef(value);
    };
    const reference = await settle();
    // A WeakRef keeps its target alive until the current turn of the event loop ends.
    await sleep(1);
    collectGarbage();
    expect(reference.deref()).toBeUndefined();
    expect(read.key).toBe('catalog:key');
  });
});

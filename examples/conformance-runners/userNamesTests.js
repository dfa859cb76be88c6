import assert from 'node:assert/strict';
import { createTestCache } from '@greenroom/cache-core/testing';
import { createUserNames } from './userNames.js';

/** The names over a test cache, and a directory that counts how often it is asked. */
function setUp() {
  const cache = createTestCache();
  /** @type {string[]} */
  const asked = [];
  const fetchName = async (/** @type {string} */ id) => `${id} #${asked.push(id)}`;
  return { cache, asked, names: createUserNames(cache, fetchName) };
}

/**
 * The tests of the plugin, each of which is given a way to move the fake clock of its runner.
 *
 * @type {readonly { name: string, run: (advance: (ms: number) => Promise<void>) => Promise<void> }[]}
 */
export const userNamesTests = [
  {
    name: 'ten concurrent lookups of a name ask the directory once',
    run: async () => {
      const { cache, asked, names } = setUp();
      const found = await Promise.all(Array.from({ length: 10 }, () => names.find('bob')));
      assert.deepEqual(new Set(found), new Set(['bob #1']));
      assert.deepEqual(asked, ['bob']);
      assert.deepEqual(Object.fromEntries(cache.entries()), { 'name:bob': 'bob #1' });
    },
  },
  {
    name: 'a name older than an hour is returned at once and refreshed in the background',
    run: async advance => {
      const { asked, names } = setUp();
      await names.find('bob');
      await advance(3_599_000);
      assert.equal(await names.find('bob'), 'bob #1');
      assert.equal(asked.length, 1);
      await advance(1000);
      assert.equal(await names.find('bob'), 'bob #1');
      await advance(0);
      assert.equal(await names.find('bob'), 'bob #2');
    },
  },
  {
    name: 'names are found while the store is away, and stored names are there again afterwards',
    run: async () => {
      const { cache, names } = setUp();
      await names.find('bob');
      cache.fail();
      assert.equal(await names.find('ann'), 'ann #2');
      await cache.recover();
      assert.equal(await names.find('bob'), 'bob #1');
    },
  },
  {
    name: 'a lookup takes 500 ms when the store does not answer',
    run: async advance => {
      const { cache, names } = setUp();
      cache.stall();
      let isFound = false;
      const finding = names.find('bob').finally(() => (isFound = true));
      await advance(499);
      assert.equal(isFound, false);
      await advance(1);
      assert.equal(await finding, 'bob #1');
      await cache.recover();
    },
  },
];

import type { ClusterView } from './slotMap';
import { createSlotMap } from './slotMap';

const view: ClusterView = {
  shards: [
    { first: 0, last: 99, master: 'one:1', replicas: ['one:2'] },
    { first: 100, last: 16_382, master: 'two:1', replicas: [] },
  ],
  hostNames: new Map([['one:1', 'one.example']]),
};

test('a slot map knows no shard before the first view, even after a move', () => {
  const slots = createSlotMap();
  slots.moved(7, 'three:1');
  expect(slots.isKnown).toBe(false);
  expect(slots.shardOf(7)).toBeUndefined();
});

test('a view gives the shard of each slot and the number of unserved slots', () => {
  const slots = createSlotMap();
  slots.use(view, false);
  expect(slots.shardOf(99)?.master).toBe('one:1');
  expect(slots.shardOf(100)?.master).toBe('two:1');
  expect(slots.shardOf(16_383)).toBeUndefined();
  expect(slots.countUnserved()).toBe(1);
  expect([...slots.masters()]).toEqual(['one:1', 'two:1']);
  expect(slots.hostNameOf('one:1')).toBe('one.example');
});

test('use() returns replicas only when they are requested', () => {
  expect([...createSlotMap().use(view, false)]).toEqual(['one:1', 'two:1']);
  expect([...createSlotMap().use(view, true)]).toEqual(['one:1', 'one:2', 'two:1']);
});

test('a slot that moves while a view is requested stays at its new master', () => {
  const slots = createSlotMap();
  slots.use(view, false);
  slots.asked();
  slots.moved(7, 'three:1');
  expect([...slots.use(view, true)]).toContain('three:1');
  expect(slots.shardOf(7)).toMatchObject({ master: 'three:1', replicas: [] });
  expect(slots.shardOf(8)?.master).toBe('one:1');
});

test('a view that is requested after a move overrides the move', () => {
  const slots = createSlotMap();
  slots.use(view, false);
  slots.moved(7, 'three:1');
  expect(slots.shardOf(7)?.master).toBe('three:1');
  slots.asked();
  expect([...slots.use(view, false)]).not.toContain('three:1');
  expect(slots.shardOf(7)?.master).toBe('one:1');
});

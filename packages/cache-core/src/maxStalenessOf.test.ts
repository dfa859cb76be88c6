import { maxStalenessOf } from './maxStalenessOf';
import type { NearRules } from './maxStalenessOf';

it.each<[string, NearRules, number | undefined]>([
  ['nothing is said', {}, undefined],
  ['it is on for all', { near: true }, 2000],
  ['it is on for all, with a bound', { near: { maxStaleness: { seconds: 5 } } }, 5000],
  ['it is off for all, with a bound', { near: { enabled: false, maxStaleness: 5000 } }, undefined],
  ['it is on for the plugin', { plugins: { catalog: { near: true } } }, 2000],
  [
    'it is on for the plugin, with the bound of all',
    { near: { enabled: false, maxStaleness: 5000 }, plugins: { catalog: { near: true } } },
    5000,
  ],
  ['the plugin has a bound', { near: true, plugins: { catalog: { near: { maxStaleness: 500 } } } }, 500],
  ['it is off for the plugin', { near: true, plugins: { catalog: { near: false } } }, undefined],
  ['the plugin has no cache', { near: true, plugins: { catalog: { enabled: false, near: true } } }, undefined],
  ['another plugin has one', { plugins: { search: { near: true } } }, undefined],
])('the near cache of a plugin, when %s: %j', (_case, rules, expected) => {
  expect(maxStalenessOf(rules, 'catalog')).toBe(expected);
});

it('a plugin may have the name of a member of each object', () => {
  expect(maxStalenessOf({ near: true, plugins: {} }, 'constructor')).toBe(2000);
});

it('a wrong bound is refused', () => {
  const plugins = { catalog: { near: { maxStaleness: 0 } } };
  expect(() => maxStalenessOf({ plugins }, 'catalog')).toThrow(/plugins\.catalog\.near\.maxStaleness/);
});

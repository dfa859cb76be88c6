import { maxStalenessOf } from './maxStalenessOf';
import type { NearRules } from './maxStalenessOf';

it.each<[string, NearRules, number | undefined]>([
  ['no option is set', {}, undefined],
  ['near is on for all plugins', { near: true }, 2000],
  ['near is on for all plugins, with a maxStaleness', { near: { maxStaleness: { seconds: 5 } } }, 5000],
  ['near is off for all plugins, with a maxStaleness', { near: { enabled: false, maxStaleness: 5000 } }, undefined],
  ['near is on for the plugin', { plugins: { catalog: { near: true } } }, 2000],
  [
    'near is on for the plugin, with the maxStaleness of all plugins',
    { near: { enabled: false, maxStaleness: 5000 }, plugins: { catalog: { near: true } } },
    5000,
  ],
  ['the plugin has its own maxStaleness', { near: true, plugins: { catalog: { near: { maxStaleness: 500 } } } }, 500],
  ['near is off for the plugin', { near: true, plugins: { catalog: { near: false } } }, undefined],
  ['the plugin is not enabled', { near: true, plugins: { catalog: { enabled: false, near: true } } }, undefined],
  ['near is on only for another plugin', { plugins: { search: { near: true } } }, undefined],
])('the maxStaleness of a plugin follows its near rules when %s: %j', (_case, rules, expected) => {
  expect(maxStalenessOf(rules, 'catalog')).toBe(expected);
});

it('a plugin with the id constructor gets the maxStaleness of all plugins', () => {
  expect(maxStalenessOf({ near: true, plugins: {} }, 'constructor')).toBe(2000);
});

it('a maxStaleness of 0 is refused, and the error names the option', () => {
  const plugins = { catalog: { near: { maxStaleness: 0 } } };
  expect(() => maxStalenessOf({ plugins }, 'catalog')).toThrow(/plugins\.catalog\.near\.maxStaleness/);
});

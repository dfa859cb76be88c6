import { isBuiltInKey, isEnvelope, isIndexKey, isStoredKey, isStoredText } from './storedForm';

it.each([
  ['catalog:some-key', true],
  ['catalog:a:b/c@d,e=f+g~h.i_j', true],
  ['catalog:%C3%BC%20%uD800', true],
  ['catalog:!sha256-47DEQpj8HBSa-_TImW5JCeuQeRkm5NMpJWZG3hSuFU', true],
  ['catalog:!lsome-key', true],
  ['catalog:!nof%20one!!nother!key', true],
  ['catalog:', true],
  ['no plugin', false],
  ['catalog:with space', false],
  ['catalog:%c3', false],
  ['catalog:{tag}', false],
  [':key', false],
  [`${'x'.repeat(65)}:key`, false],
])('the key %j has the form of a Greenroom key: %s', (key, expected) => {
  expect(isStoredKey(key)).toBe(expected);
});

it.each([
  ['{"a":1}', true],
  ['null', true],
  ['#1 catalog:key 1893456000000 "x"', true],
  ['#2 catalog:key - 5 0 1', true],
  ['a:1:{s:4:"user"}', false],
  ['', false],
])('the text %j has the form of a Greenroom entry: %s', (text, expected) => {
  expect(isStoredText(text)).toBe(expected);
});

it.each([
  ['catalog:c29tZS1rZXk=', '{"value":"x"}', true],
  ['c29tZS1rZXk=', '{"value":null,"expires":1893456000000}', true],
  ['my-app:namespace:my-app:catalog:c29tZS1rZXk=', '{"expires":null,"value":1}', true],
  ['catalog:some-key', '{"value":"x"}', false],
  ['catalog:c29tZS1rZXk=', '{"value":"x","other":1}', false],
  ['catalog:c29tZS1rZXk=', '{"expires":1}', false],
  ['catalog:c29tZS1rZXk=', '{"value":', false],
  ['catalog:c29tZS1rZXk=', '["value"]', false],
])('the key %j with the text %j has the form of an entry of the built-in cache: %s', (key, text, expected) => {
  expect(isBuiltInKey(key) && isEnvelope(text)).toBe(expected);
});

it.each([
  ['namespace:catalog', true],
  ['my-app:namespace:my-app:catalog', true],
  ['sets:catalog', true],
  ['catalog:namespace', false],
  ['catalog:some-key', false],
])('the key %j has the form of an index set of the built-in cache: %s', (key, expected) => {
  expect(isIndexKey(key)).toBe(expected);
});

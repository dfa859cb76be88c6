import { toGlobPattern } from './globPattern';

it('escapes the special characters of a glob pattern', () => {
  expect(toGlobPattern('a[1]*?\\:')).toBe('a\\[1\\]\\*\\?\\\\:*');
});

import { createLargeKeys } from './largeKeys';

describe('keys with values that are too large to read', () => {
  it('are large when read alone, and suspect when read with others or after 60 s', () => {
    let nowMs = 0;
    const keys = createLargeKeys(() => nowMs);
    expect(keys.isEmpty).toBe(true);
    keys.add(['a', 'b']);
    expect([keys.stateOf('a'), keys.stateOf('b'), keys.stateOf('c')]).toEqual(['suspect', 'suspect', undefined]);
    keys.add(['a']);
    keys.forget('b');
    expect([keys.stateOf('a'), keys.stateOf('b')]).toEqual(['large', undefined]);
    nowMs = 60_000;
    expect(keys.stateOf('a')).toBe('suspect');
    keys.forget('a');
    expect(keys.isEmpty).toBe(true);
  });

  it('are forgotten, oldest first, when there are more than 1000', () => {
    const keys = createLargeKeys();
    for (let index = 0; index < 1001; index++) keys.add([`key-${index}`]);
    expect([keys.stateOf('key-0'), keys.stateOf('key-1'), keys.stateOf('key-1000')]).toEqual([
      undefined,
      'large',
      'large',
    ]);
    keys.forgetAll();
    expect(keys.isEmpty).toBe(true);
  });
});

import { toClusterSlot } from './clusterSlot';

describe('toClusterSlot', () => {
  // From the cluster specification, and from CLUSTER KEYSLOT.
  it.each([
    ['123456789', 12739],
    ['', 0],
    ['foo', 12182],
    ['{user1000}.following', 3443],
    ['{user1000}.followers', 3443],
    ['foo{}{bar}', 8363],
    ['foo{{bar}}zap', 4015],
  ])('maps the key %j to slot %i', (key, slot) => {
    expect(toClusterSlot(key)).toBe(slot);
  });
});

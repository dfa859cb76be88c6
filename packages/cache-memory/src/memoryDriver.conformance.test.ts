import { conformanceCasesFor } from '@greenroom/cache-core/testing';
import { memoryDriver } from './memoryDriver';

const target = {
  driver: memoryDriver,
  options: {},
  lacks: {
    getMany: 'a get costs no round trip',
    sharedStore: 'the entries are in the memory of one driver, and end with it',
  },
};
const { cases, leftOut } = conformanceCasesFor(target);

describe('the memory store', () => {
  it.each(cases)('$group: $name', ({ run }) => run(target));

  it('is not asked for what a store within a driver cannot have', () => {
    expect(leftOut).toEqual([
      {
        name: 'a text that core did not write is a miss, and the next set heals it',
        reason: 'the entries are in the memory of one driver, and end with it',
      },
    ]);
  });
});

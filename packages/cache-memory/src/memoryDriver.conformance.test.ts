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

  it('is not asked for what it lacks, and for everything else', () => {
    expect(new Set(leftOut.map(({ reason }) => reason))).toEqual(new Set(Object.values(target.lacks)));
  });
});

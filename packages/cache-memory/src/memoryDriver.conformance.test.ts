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

  it.each(leftOut)('skips the conformance case "$name", because $reason', ({ name, reason }) => {
    expect(cases.map(other => other.name)).not.toContain(name);
    expect(Object.values(target.lacks)).toContain(reason);
  });
});

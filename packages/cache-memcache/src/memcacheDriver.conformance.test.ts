import { createConfigSource } from '@greenroom/cache-core';
import { conformanceCasesFor } from '@greenroom/cache-core/testing';
import { sharedServerUrl } from '@greenroom/testing';
import { memcacheDriver } from './memcacheDriver';

const lacks = { clear: 'memcached has no way to list keys or to remove some of them' };

function toTarget() {
  const config = createConfigSource({ connection: sharedServerUrl('memcached') }, 'backend.cache');
  return { driver: memcacheDriver, options: memcacheDriver.parseOptions(config), lacks };
}

describe('Memcached', () => {
  const { cases, leftOut } = conformanceCasesFor(toTarget());

  it.each(cases)('$group: $name', ({ run }) => run(toTarget()));

  it('leaves out the cases of clear, and no others', () => {
    expect(leftOut.map(({ reason }) => reason)).toEqual(leftOut.map(() => lacks.clear));
  });
});

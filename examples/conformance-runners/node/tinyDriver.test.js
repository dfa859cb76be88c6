import { test } from 'node:test';
import { conformanceCasesFor } from '@greenroom/cache-core/testing';
import { target } from '../target.js';

for (const { group, name, run } of conformanceCasesFor(target).cases) {
  test(`${group}: ${name}`, () => run(target));
}

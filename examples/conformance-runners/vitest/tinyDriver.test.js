import { test } from 'vitest';
import { conformanceCasesFor } from '@greenroom/cache-core/testing';
import { target } from '../target.js';

for (const { group, name, run } of conformanceCasesFor(target).cases) {
  // A case can take longer than the 5 s that Jest and Vitest allow by default.
  test(`${group}: ${name}`, () => run(target), 30_000);
}

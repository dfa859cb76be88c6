import { afterEach, beforeEach, mock, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { userNamesTests } from '../userNamesTests.js';

beforeEach(() => mock.timers.enable({ apis: ['Date', 'setTimeout'] }));
afterEach(() => mock.timers.reset());

/** @param {number} ms */
async function advance(ms) {
  mock.timers.tick(ms);
  await setImmediate();
}

for (const { name, run } of userNamesTests) {
  test(name, () => run(advance));
}

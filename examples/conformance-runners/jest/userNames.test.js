import { afterEach, beforeEach, jest, test } from '@jest/globals';
import { userNamesTests } from '../userNamesTests.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

for (const { name, run } of userNamesTests) {
  test(name, () => run(ms => jest.advanceTimersByTimeAsync(ms)));
}

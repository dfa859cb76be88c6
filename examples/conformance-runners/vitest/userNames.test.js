import { afterEach, beforeEach, test, vi } from 'vitest';
import { userNamesTests } from '../userNamesTests.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

for (const { name, run } of userNamesTests) {
  test(name, async () => run(async ms => void (await vi.advanceTimersByTimeAsync(ms))));
}

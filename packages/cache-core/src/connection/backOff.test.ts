import { toBackOffMs } from './backOff';

it('a back-off is above 0 and at most 500 ms after any number of failures', () => {
  for (let failures = 0; failures < 2000; failures++) {
    const delayMs = toBackOffMs(failures);
    expect(delayMs).toBeGreaterThan(0);
    expect(delayMs).toBeLessThanOrEqual(500);
  }
});

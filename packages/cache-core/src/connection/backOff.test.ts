import { toBackOffMs } from './backOff';

it('a back-off stays between 0 and 500 ms, however many attempts have failed', () => {
  for (let failures = 0; failures < 2000; failures++) {
    const delayMs = toBackOffMs(failures);
    expect(delayMs).toBeGreaterThan(0);
    expect(delayMs).toBeLessThanOrEqual(500);
  }
});

import { toReconnectDelayMs } from './reconnectDelay';

it('a reconnect delay stays between 0 and 500 ms, whatever the attempt', () => {
  for (let attempt = 0; attempt < 2000; attempt++) {
    const delayMs = toReconnectDelayMs(attempt);
    expect(delayMs).toBeGreaterThan(0);
    expect(delayMs).toBeLessThanOrEqual(500);
  }
});

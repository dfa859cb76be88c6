import { CacheError } from '../contract/cacheError';
import type { CacheErrorCode } from '../contract/cacheError';
import { createCircuitBreaker } from './circuitBreaker';

const fault = (code: CacheErrorCode) => new CacheError(code, `a fault: ${code}`);

function open() {
  const changes: string[] = [];
  const observer = { onStateChange: ({ state }: { state: string }) => void changes.push(state) };
  const opened = jest.fn();
  const breaker = createCircuitBreaker({ store: 'acme', observer, opened, closed: () => {} });
  const timeOut = (times: number, startedAtMs = performance.now()) => {
    for (let count = 0; count < times; count++) breaker.failed(fault('CACHE_TIMEOUT'), startedAtMs);
  };
  return { breaker, timeOut, opened, states: () => changes };
}

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

describe('the circuit breaker', () => {
  it('opens after more than four timeouts in a row and reports that once', () => {
    const { breaker, timeOut, states } = open();
    timeOut(4);
    expect(breaker.allowsReads).toBe(true);
    timeOut(10);
    expect(breaker).toMatchObject({ allowsReads: false, allowsWrites: false });
    expect(states()).toEqual(['unavailable']);
  });

  it('ignores timeouts of operations that were sent before the latest answer or refusal', () => {
    const { breaker, timeOut } = open();
    const startedAtMs = performance.now();
    jest.advanceTimersByTime(1);
    breaker.answered(performance.now());
    timeOut(50, startedAtMs);
    expect(breaker.allowsReads).toBe(true);
    jest.advanceTimersByTime(1);
    timeOut(4);
    breaker.failed(fault('CACHE_REFUSED'), performance.now());
    timeOut(4, performance.now() - 1);
    expect(breaker.allowsReads).toBe(true);
  });

  it('counts timeouts anew after each answer and opens after five in a row', () => {
    const { breaker, timeOut, opened } = open();
    for (let round = 0; round < 20; round++) {
      timeOut(4);
      jest.advanceTimersByTime(1);
      breaker.answered(performance.now());
      jest.advanceTimersByTime(1);
    }
    expect(opened).not.toHaveBeenCalled();
    timeOut(5);
    expect(opened).toHaveBeenCalledTimes(1);
  });

  it('stays closed and reports nothing after 50 CACHE_UNAVAILABLE errors', () => {
    const { breaker, states } = open();
    for (let count = 0; count < 50; count++) breaker.failed(fault('CACHE_UNAVAILABLE'), performance.now());
    expect(breaker.allowsReads).toBe(true);
    expect(states()).toEqual([]);
  });

  it('allows nothing when open, everything when half open, and only reads when writes are refused', () => {
    const { breaker, opened, states } = open();
    const allows = () => [breaker.allowsReads, breaker.allowsWrites];
    breaker.open(fault('CACHE_UNAVAILABLE'));
    expect(allows()).toEqual([false, false]);
    expect(opened).toHaveBeenCalledTimes(1);
    breaker.halfOpen();
    expect(allows()).toEqual([true, true]);
    breaker.refuseWrites(fault('CACHE_READ_ONLY'));
    expect(allows()).toEqual([true, false]);
    breaker.close(0, []);
    expect(allows()).toEqual([true, true]);
    expect(states()).toEqual(['unavailable', 'read-only', 'available']);
  });

  it('reports the outage once when it opens again from half open', () => {
    const { breaker, opened, states } = open();
    breaker.open(fault('CACHE_UNAVAILABLE'));
    breaker.halfOpen();
    breaker.open(fault('CACHE_UNAVAILABLE'));
    expect(opened).toHaveBeenCalledTimes(2);
    expect(states()).toEqual(['unavailable']);
  });
});

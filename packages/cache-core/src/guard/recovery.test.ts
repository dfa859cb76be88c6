import { CacheError } from '../contract/cacheError';
import type { CacheErrorCode } from '../contract/cacheError';
import type { CacheStateChange, ForgottenKeys } from '../contract/observer';
import { createStaleKeys } from './staleKeys';
import { createCircuitBreaker } from './circuitBreaker';
import { createClears } from './clears';
import { createRecovery } from './recovery';

const catalog = { pluginId: 'catalog', keyPrefix: 'catalog:' };
const fault = (code: CacheErrorCode) => new CacheError(code, `a fault: ${code}`);

/** Breaker and recovery of a store that answers probes and removals, or rejects them with the errors in `faults`. */
function open() {
  const changes: CacheStateChange[] = [];
  const forgotten: ForgottenKeys[] = [];
  const faults = { probe: undefined as Error | undefined, remove: undefined as Error | undefined };
  const probe = jest.fn(async () => {
    if (faults.probe) throw faults.probe;
  });
  const remove = jest.fn(async () => {
    if (faults.remove) throw faults.remove;
  });
  const clears = createClears({ findClear: () => undefined, writesEnded: () => undefined, failed: () => {} });
  const staleKeys = createStaleKeys({ remove, clears, canClear: () => false });
  const observer = {
    onStateChange: (change: CacheStateChange) => void changes.push(change),
    onForgottenKeys: (keys: ForgottenKeys) => void forgotten.push(keys),
  };
  const breaker = createCircuitBreaker({
    store: 'acme',
    observer,
    opened: () => recovery.breakerOpened(),
    closed: () => {},
  });
  const recovery = createRecovery({ store: 'acme', observer, breaker, staleKeys, probe });
  const stop = () => {
    breaker.stop();
    recovery.stop();
  };
  let writes = 0;
  /** Adds a key whose write failed. */
  const makeStale = (key: string) => {
    staleKeys.add(catalog, `catalog:${key}`, ++writes, true);
    recovery.staleKeyAdded();
  };
  const timeOut = (times: number, startedAtMs = performance.now()) => {
    for (let count = 0; count < times; count++) breaker.failed(fault('CACHE_TIMEOUT'), startedAtMs);
  };
  const states = () => changes.map(({ state }) => state);
  return { breaker, recovery, stop, staleKeys, changes, states, forgotten, faults, probe, remove, makeStale, timeOut };
}

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** Advances the clock, and runs what waits for it. */
const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

describe('the probe', () => {
  it('is sent every 250 to 500 ms, and even a CACHE_REFUSED answer closes the circuit breaker', async () => {
    const { breaker, faults, probe, timeOut, states } = open();
    timeOut(5);
    faults.probe = fault('CACHE_TIMEOUT');
    await pass(249);
    expect(probe).not.toHaveBeenCalled();
    await pass(251);
    expect(probe).toHaveBeenCalledTimes(1);
    await pass(5000);
    const count = probe.mock.calls.length;
    expect(count).toBeGreaterThanOrEqual(11);
    expect(count).toBeLessThanOrEqual(21);
    faults.probe = fault('CACHE_REFUSED');
    await pass(500);
    expect(breaker.allowsReads).toBe(true);
    expect(states()).toEqual(['unavailable', 'available']);
  });

  it('is not sent while the previous probe hangs', async () => {
    const { breaker, probe, timeOut } = open();
    let answer = () => {};
    probe.mockImplementation(() => new Promise(resolve => (answer = resolve)));
    timeOut(5);
    await pass(5000);
    expect(probe).toHaveBeenCalledTimes(1);
    answer();
    await pass(0);
    expect(breaker.allowsReads).toBe(true);
  });

  it('makes the circuit breaker ignore timeouts of operations that were sent before it', async () => {
    const { breaker, timeOut } = open();
    const startedAtMs = performance.now();
    timeOut(5);
    await pass(500);
    expect(breaker.allowsReads).toBe(true);
    timeOut(50, startedAtMs);
    expect(breaker.allowsReads).toBe(true);
  });
});

describe('a driver', () => {
  it('is reported as available once, without a duration, when it connects at the start', async () => {
    const { recovery, changes } = open();
    recovery.driverConnected();
    recovery.driverConnected();
    await pass(0);
    expect(changes).toEqual([{ store: 'acme', state: 'available' }]);
  });

  it('is reported as unavailable once per outage, and the duration is reported at the end', async () => {
    const { breaker, recovery, states, faults, changes } = open();
    recovery.driverConnected();
    await pass(0);
    faults.probe = fault('CACHE_UNAVAILABLE');
    breaker.open(fault('CACHE_UNAVAILABLE'));
    breaker.open(fault('CACHE_AUTH'));
    expect(breaker.allowsReads).toBe(false);
    await pass(12_000);
    faults.probe = undefined;
    recovery.driverConnected();
    await pass(0);
    expect(states()).toEqual(['available', 'unavailable', 'available']);
    expect(changes[1]).toMatchObject({ error: { code: 'CACHE_UNAVAILABLE' } });
    expect(changes[2]).toMatchObject({ downMs: 12_000 });
  });

  it('is probed immediately when it reports that it is connected', async () => {
    const { breaker, recovery, states, faults, probe } = open();
    breaker.open(fault('CACHE_UNAVAILABLE'));
    faults.probe = fault('CACHE_TIMEOUT');
    recovery.driverConnected();
    await pass(0);
    expect(probe).toHaveBeenCalledTimes(1);
    expect(breaker.allowsReads).toBe(false);
    faults.probe = undefined;
    recovery.driverConnected();
    await pass(0);
    expect(states()).toEqual(['unavailable', 'available']);
  });

  it('is probed at most 11 times in 249 ms when it reports a thousand false connections', async () => {
    const { breaker, recovery, probe } = open();
    breaker.open(fault('CACHE_UNAVAILABLE'));
    probe.mockImplementation(async () => {
      recovery.driverConnected();
      throw fault('CACHE_UNAVAILABLE');
    });
    for (let count = 0; count < 1000; count++) recovery.driverConnected();
    await pass(249);
    expect(probe.mock.calls.length).toBeLessThanOrEqual(11);
    await pass(251);
    expect(probe.mock.calls.length).toBeGreaterThan(1);
    expect(probe.mock.calls.length).toBeLessThanOrEqual(22);
  });

  it('is found available by the timed probe when it never reports that it is connected again', async () => {
    const { breaker, states } = open();
    breaker.open(fault('CACHE_UNAVAILABLE'));
    await pass(500);
    expect(states()).toEqual(['unavailable', 'available']);
  });
});

describe('stale keys', () => {
  it('are removed when the store is back, before it is reported as available', async () => {
    const { breaker, recovery, changes, faults, remove, makeStale } = open();
    breaker.open(fault('CACHE_UNAVAILABLE'));
    faults.probe = fault('CACHE_UNAVAILABLE');
    for (const key of ['a', 'b', 'c']) makeStale(key);
    await pass(2000);
    expect(remove).not.toHaveBeenCalled();
    faults.probe = undefined;
    recovery.driverConnected();
    await pass(0);
    expect(remove.mock.calls).toEqual([['catalog:a'], ['catalog:b'], ['catalog:c']]);
    expect(changes.at(-1)).toMatchObject({ state: 'available', downMs: 2000, invalidatedKeys: 3 });
  });

  it('are removed even when the store was always available', async () => {
    const { staleKeys, states, remove, makeStale } = open();
    makeStale('a');
    await pass(500);
    expect(remove).toHaveBeenCalledTimes(1);
    expect(staleKeys.isEmpty).toBe(true);
    await pass(5000);
    expect(remove).toHaveBeenCalledTimes(1);
    expect(states()).toEqual([]);
  });

  it('leave the store unavailable when the store goes away during their removal', async () => {
    const { breaker, recovery, states, remove, makeStale } = open();
    breaker.open(fault('CACHE_UNAVAILABLE'));
    makeStale('a');
    remove.mockImplementationOnce(async () => {
      breaker.open(fault('CACHE_UNAVAILABLE'));
      throw fault('CACHE_UNAVAILABLE');
    });
    recovery.driverConnected();
    await pass(0);
    expect(states()).toEqual(['unavailable']);
    await pass(500);
    expect(states()).toEqual(['unavailable', 'available']);
  });

  it('are forgotten beyond 10,000, which is reported once', async () => {
    const { breaker, faults, forgotten, makeStale } = open();
    faults.probe = fault('CACHE_UNAVAILABLE');
    breaker.open(fault('CACHE_UNAVAILABLE'));
    for (let index = 0; index < 10_003; index++) makeStale(`${index}`);
    faults.probe = undefined;
    await pass(1000);
    expect(forgotten).toEqual([{ store: 'acme', keys: 3 }]);
  });
});

describe('a read-only store', () => {
  it('is read but not written until it accepts a removal', async () => {
    const { breaker, recovery, changes, states, faults, remove, makeStale } = open();
    recovery.driverConnected();
    await pass(0);
    faults.remove = fault('CACHE_READ_ONLY');
    for (let count = 0; count < 10; count++) breaker.failed(fault('CACHE_READ_ONLY'), performance.now());
    makeStale('a');
    expect(breaker).toMatchObject({ allowsReads: true, allowsWrites: false });
    await pass(3000);
    expect(remove.mock.calls.length).toBeGreaterThanOrEqual(5);
    expect(states()).toEqual(['available', 'read-only']);
    faults.remove = undefined;
    await pass(500);
    expect(breaker.allowsWrites).toBe(true);
    expect(states()).toEqual(['available', 'read-only', 'available']);
    expect(changes.at(-1)).toMatchObject({ invalidatedKeys: 1 });
  });

  it('is reported as read-only, not as available, when it comes back from an outage', async () => {
    const { breaker, recovery, states, faults, makeStale } = open();
    breaker.open(fault('CACHE_UNAVAILABLE'));
    makeStale('a');
    faults.remove = fault('CACHE_READ_ONLY');
    recovery.driverConnected();
    await pass(0);
    expect(states()).toEqual(['unavailable', 'read-only']);
  });
});

describe('a stopped recovery and circuit breaker', () => {
  it('send nothing, report nothing and have no timer', async () => {
    const { breaker, recovery, stop, changes, probe, remove, makeStale } = open();
    breaker.open(fault('CACHE_UNAVAILABLE'));
    makeStale('a');
    stop();
    recovery.driverConnected();
    breaker.failed(fault('CACHE_READ_ONLY'), performance.now());
    makeStale('b');
    await pass(5000);
    expect([probe, remove].map(({ mock }) => mock.calls.length)).toEqual([0, 0]);
    expect(changes).toHaveLength(1);
    expect(jest.getTimerCount()).toBe(0);
  });
});

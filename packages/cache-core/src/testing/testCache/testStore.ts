import type { Awaitable } from '../../contract/awaitable';
import { CacheError } from '../../contract/cacheError';
import type { CacheDriver, CacheDriverDefinition, DriverHost } from '../../contract/driver';
import type { CacheObserver } from '../../contract/observer';

/** How long a stalled store makes an operation wait: the command timeout of the drivers for servers. */
const COMMAND_TIMEOUT_MS = 500;

/** A map that can be away. It answers at once, and its only clocks are `Date` and `setTimeout`, which every test runner can fake. */
export interface TestStore {
  readonly driver: CacheDriverDefinition<undefined>;
  readonly observer: CacheObserver;
  fail(): void;
  stall(): void;
  recover(): Promise<void>;
  /** The text under a stored key, unless it has expired. */
  find(storedKey: string): string | undefined;
}

export function createTestStore(): TestStore {
  return new MapStore();
}

interface StoredText {
  readonly text: string;
  readonly expiresAtMs: number;
}

class MapStore implements TestStore {
  readonly observer: CacheObserver;
  readonly driver: CacheDriverDefinition<undefined>;
  readonly #texts = new Map<string, StoredText>();
  #state: 'working' | 'failing' | 'stalled' = 'working';
  /** Ends the operations that wait for the store. */
  readonly #waiting = new Set<() => void>();
  #host: DriverHost | undefined;
  #recovered: (() => void)[] = [];

  constructor() {
    this.observer = {
      onStateChange: ({ state }) => {
        if (state !== 'available') return;
        for (const resolve of this.#recovered.splice(0)) resolve();
      },
    };
    this.driver = {
      contractVersion: 1,
      store: 'test',
      parseOptions: () => undefined,
      // The store has its own deadlines, as those of core use a clock that not every test runner can fake.
      policy: () => ({ commandTimeoutMs: Number.MAX_SAFE_INTEGER }),
      create: (_options, host) => this.#createDriver(host),
    };
  }

  find(storedKey: string): string | undefined {
    const stored = this.#texts.get(storedKey);
    return stored && stored.expiresAtMs > Date.now() ? stored.text : undefined;
  }

  fail(): void {
    this.#state = 'failing';
    this.#endWaiting();
    this.#host?.disconnected(awayError());
  }

  stall(): void {
    this.#state = 'stalled';
  }

  recover(): Promise<void> {
    if (this.#state === 'working') return Promise.resolve();
    this.#state = 'working';
    this.#endWaiting();
    const recovered = new Promise<void>(resolve => this.#recovered.push(resolve));
    // After a reported disconnect, keys whose write was not made are removed at once when the store is back, otherwise within half a
    // second.
    this.#host?.disconnected(awayError());
    this.#host?.connected();
    return recovered;
  }

  #createDriver(host: DriverHost): CacheDriver {
    this.#host = host;
    return {
      get: key => this.#run(() => this.find(key)),
      set: (key, text, ttlMs = Infinity) =>
        this.#run(() => void this.#texts.set(key, { text, expiresAtMs: Date.now() + ttlMs })),
      delete: key => this.#run(() => void this.#texts.delete(key)),
      clear: async prefix => this.#run(() => this.#clear(prefix)),
      close: async () => {},
    };
  }

  #clear(prefix: string): void {
    for (const key of [...this.#texts.keys()]) if (key.startsWith(prefix)) this.#texts.delete(key);
  }

  #run<Result>(operation: () => Result): Awaitable<Result> {
    if (this.#state === 'working') return operation();
    if (this.#state === 'failing') throw awayError();
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer);
        this.#waiting.delete(end);
        if (this.#state === 'working') resolve(operation());
        else reject(this.#state === 'failing' ? awayError() : silentError());
      };
      const timer = setTimeout(end, COMMAND_TIMEOUT_MS);
      this.#waiting.add(end);
    });
  }

  #endWaiting(): void {
    for (const end of [...this.#waiting]) end();
  }
}

function awayError(): CacheError {
  return new CacheError('CACHE_UNAVAILABLE', 'The store of the test is away');
}

function silentError(): CacheError {
  return new CacheError('CACHE_TIMEOUT', `The store of the test did not answer within ${COMMAND_TIMEOUT_MS} ms`);
}

import { keepConnected } from '../../connection';
import type { ConnectionSource, KeptConnection } from '../../connection';
import { CacheError } from '../../contract/cacheError';
import type { CacheDriver, CacheDriverDefinition, DriverHost } from '../../contract/driver';
import type { Address } from '../outages/faultProxy';
import { openLineConnection } from './lineConnection';
import type { LineConnection } from './lineConnection';
import { breakOperations, breakSource } from './lineFaults';
import type { LineFaults } from './lineFaults';

/** Options of {@link lineDriver}. */
export interface LineOptions {
  readonly address: Address;
  readonly faults: LineFaults;
}

/** The smallest driver for a server that keeps every promise about outages, unless a fault is switched on. */
export const lineDriver: CacheDriverDefinition<LineOptions> = {
  contractVersion: 1,
  store: 'line',
  parseOptions: config => {
    throw config.invalid('line', 'nothing: this driver takes its options in code');
  },
  create: (options, host) => new LineStore(options, host),
};

class LineStore implements CacheDriver {
  readonly #faults: LineFaults;
  readonly #connection: KeptConnection<LineConnection>;
  readonly #operations: ReturnType<typeof breakOperations>;

  constructor({ address, faults }: LineOptions, host: DriverHost) {
    this.#faults = faults;
    this.#operations = breakOperations(faults, host);
    const source = breakSource(createLineSource(address, faults), faults);
    this.#connection = keepConnected(source, { waitsForFirst: !faults.refusesFirst }, this.#operations.host);
  }

  get(key: string): Promise<string | undefined> {
    return this.#ask(['get', key]);
  }

  async set(key: string, value: string): Promise<void> {
    await this.#ask(['set', key, value]);
  }

  async delete(key: string): Promise<void> {
    await this.#ask(['delete', key]);
  }

  connections(): number {
    return this.#connection.connections();
  }

  async close(): Promise<void> {
    const { neverCloses } = this.#faults;
    if (neverCloses) neverCloses.push(() => void this.#connection.close());
    else await this.#connection.close();
  }

  #ask(words: readonly string[]): Promise<string | undefined> {
    return this.#operations.run(
      operation => this.#connection.use(operation),
      connection => connection.ask(words),
    );
  }
}

function createLineSource(address: Address, faults: LineFaults): ConnectionSource<LineConnection> {
  return {
    serverName: `The line server at ${address.host}:${address.port}`,
    async open(signal, lost) {
      const connection = openLineConnection(address, lost, faults);
      signal.addEventListener('abort', () => connection.close());
      await connection.ask(['login']);
      return connection;
    },
    ping: connection => connection.ask(['ping']),
    close: connection => connection.close(),
    toCacheError: error => new CacheError('CACHE_UNAVAILABLE', 'The line server is not connected', { cause: error }),
  };
}

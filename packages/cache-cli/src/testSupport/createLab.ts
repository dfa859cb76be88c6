import { startMemcached, startRedis, startValkey } from '@greenroom/test-servers';
import type { TestServer } from '@greenroom/test-servers';
import type { DoctorReport } from '../doctor/diagnose';
import { startProxy } from './startProxy';
import type { Proxy, ProxyOptions } from './startProxy';

/** Faults to make, by a name that ends with the ids of the expected findings. */
export type Seeds = Readonly<Record<string, () => Promise<DoctorReport>>>;

/** Number of faults that are examined at once: the doctor mostly waits, but has to keep its deadline on a busy machine. */
const AT_ONCE = 4;

/** Servers with faults, and the doctor's reports about them. */
export interface Lab {
  readonly startRedis: typeof startRedis;
  readonly startValkey: typeof startValkey;
  readonly startMemcached: typeof startMemcached;
  startProxy(server: Pick<TestServer, 'host' | 'port'>, options?: ProxyOptions): Promise<Proxy>;
  /** Stops something at the end. */
  keep<T extends { stop(): Promise<unknown> }>(started: T): T;
  askAll(seeds: Seeds): Promise<unknown>;
  report(name: string): Promise<DoctorReport>;
  stop(): Promise<void>;
}

export function createLab(): Lab {
  const stops: (() => Promise<unknown>)[] = [];
  const reports = new Map<string, Promise<DoctorReport>>();
  const keep = <T extends { stop(): Promise<unknown> }>(started: T): T => {
    stops.push(() => started.stop());
    return started;
  };
  return {
    keep,
    startRedis: async options => keep(await startRedis(options)),
    startValkey: async options => keep(await startValkey(options)),
    startMemcached: async options => keep(await startMemcached(options)),
    async startProxy(server, options) {
      const proxy = await startProxy(server, options);
      stops.push(() => proxy.close());
      return proxy;
    },
    async askAll(seeds) {
      const waiting = Object.entries(seeds);
      const askNext = async (): Promise<void> => {
        const [name, seed] = waiting.shift() ?? [];
        if (name === undefined || seed === undefined) return;
        const report = seed();
        reports.set(name, report);
        await report.catch(() => undefined);
        await askNext();
      };
      await Promise.all(Array.from({ length: AT_ONCE }, askNext));
    },
    report: name => reports.get(name) ?? Promise.reject(new Error(`no report of ${name}`)),
    async stop() {
      await Promise.allSettled(reports.values());
      await Promise.all(stops.splice(0).map(stop => stop()));
    },
  };
}

/** The ids that the name of a fault ends with. */
export function idsIn(name: string): readonly string[] {
  return name.split(': ').pop()?.split(', ') ?? [];
}

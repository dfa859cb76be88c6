import type { FaultProxy } from './faultProxy';
import type { Fault } from './measureOutage';
import type { OutageServer } from './outageTarget';

/** One way in which a server or the network fails. */
export interface FaultKind {
  readonly name: string;
  /** How long it lasts. */
  readonly lengthMs: number;
  /** Whether the driver can end it by itself, by replacing its connections. */
  readonly endsByItself?: boolean;
  /** Whether it is made by proxies in front of the servers, or with the server processes themselves. */
  readonly through: 'proxies' | 'processes';
  toFault(servers: readonly OutageServer[], proxies: readonly FaultProxy[]): Fault;
}

/** A fault of the network, by proxies in front of the servers. */
export const ofProxies =
  (begin: (proxy: FaultProxy) => void) => (_servers: unknown, proxies: readonly FaultProxy[]) => ({
    begin: () => proxies.forEach(begin),
    end: async () => void (await Promise.all(proxies.map(proxy => proxy.heal()))),
  });

/** A fault of the server processes. */
const ofProcesses =
  (begin: (server: OutageServer) => Promise<void>, end: (server: OutageServer) => Promise<void>) =>
  (servers: readonly OutageServer[]) => ({
    begin: async () => void (await Promise.all(servers.map(begin))),
    end: async () => void (await Promise.all(servers.map(end))),
  });

/** Every fault that the suite knows. */
export const faultKinds: readonly FaultKind[] = [
  {
    name: 'a server that refuses connections',
    lengthMs: 1500,
    through: 'proxies',
    toFault: ofProxies(proxy => proxy.refuse()),
  },
  {
    name: 'a server that is killed and restarted',
    lengthMs: 1500,
    through: 'processes',
    toFault: ofProcesses(
      server => server.kill(),
      server => server.start(),
    ),
  },
  {
    name: 'a server that freezes',
    lengthMs: 3000,
    through: 'processes',
    toFault: ofProcesses(
      server => server.freeze(),
      server => server.thaw(),
    ),
  },
  {
    name: 'open connections that go silent, while new ones work',
    lengthMs: 0,
    endsByItself: true,
    through: 'proxies',
    toFault: ofProxies(proxy => proxy.blackHole('old')),
  },
  {
    name: 'a network that drops everything',
    lengthMs: 3000,
    through: 'proxies',
    toFault: ofProxies(proxy => proxy.blackHole('all')),
  },
  {
    name: 'replies that are delayed by two seconds',
    lengthMs: 4000,
    through: 'proxies',
    toFault: ofProxies(proxy => proxy.damage({ delayMs: 2000 })),
  },
  {
    name: 'connections that break in the middle of a reply',
    lengthMs: 1500,
    through: 'proxies',
    toFault: ofProxies(proxy => proxy.damage('cut')),
  },
  {
    name: 'replies that are garbage',
    lengthMs: 1500,
    through: 'proxies',
    toFault: ofProxies(proxy => proxy.damage('garbage')),
  },
];

import type { FaultProxy } from './faultProxy';
import type { Fault } from './measureOutage';
import type { OutageServer } from './outageTarget';

/** One way in which a server or the network fails. */
export interface FaultKind {
  readonly name: string;
  /** How long the fault lasts, in ms. */
  readonly lengthMs: number;
  /** Whether the driver can end the fault by itself, by replacing its connections. */
  readonly endsByItself?: boolean;
  /** Whether proxies in front of the servers cause the fault, or the server processes themselves. */
  readonly through: 'proxies' | 'processes';
  toFault(servers: readonly OutageServer[], proxies: readonly FaultProxy[]): Fault;
}

/** A fault of the network, caused by proxies in front of the servers. */
export function byProxies(begin: (proxy: FaultProxy) => void): Pick<FaultKind, 'through' | 'toFault'> {
  return {
    through: 'proxies',
    toFault: (_servers, proxies) => ({
      begin: () => proxies.forEach(begin),
      end: async () => void (await Promise.all(proxies.map(proxy => proxy.heal()))),
    }),
  };
}

/** A fault of the server processes. */
function byProcesses(
  begin: (server: OutageServer) => Promise<void>,
  end: (server: OutageServer) => Promise<void>,
): Pick<FaultKind, 'through' | 'toFault'> {
  return {
    through: 'processes',
    toFault: servers => ({
      begin: async () => void (await Promise.all(servers.map(begin))),
      end: async () => void (await Promise.all(servers.map(end))),
    }),
  };
}

/** Every fault that the suite knows. */
export const faultKinds: readonly FaultKind[] = [
  { name: 'a server that refuses connections', lengthMs: 1500, ...byProxies(proxy => proxy.refuse()) },
  {
    name: 'a server that is killed and restarted',
    lengthMs: 1500,
    ...byProcesses(
      server => server.kill(),
      server => server.start(),
    ),
  },
  {
    name: 'a server that freezes',
    lengthMs: 3000,
    ...byProcesses(
      server => server.freeze(),
      server => server.thaw(),
    ),
  },
  {
    name: 'open connections that go silent, while new ones work',
    lengthMs: 0,
    endsByItself: true,
    ...byProxies(proxy => proxy.blackHole('old')),
  },
  { name: 'a network that drops everything', lengthMs: 3000, ...byProxies(proxy => proxy.blackHole('all')) },
  {
    name: 'replies that are delayed by two seconds',
    lengthMs: 4000,
    ...byProxies(proxy => proxy.damage({ delayMs: 2000 })),
  },
  {
    name: 'connections that break in the middle of a reply',
    lengthMs: 1500,
    ...byProxies(proxy => proxy.damage('cut')),
  },
  { name: 'replies that are garbage', lengthMs: 1500, ...byProxies(proxy => proxy.damage('garbage')) },
];

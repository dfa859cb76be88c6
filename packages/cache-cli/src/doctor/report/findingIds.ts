/** Everything that the doctor can find. The ids are stable: each has a heading in docs/operations.md. */
export const findingIds = [
  ...(['connect.unreachable', 'connect.silent', 'connect.closed', 'connect.failed'] as const),
  ...(['auth.failed', 'auth.protected-mode', 'acl.missing'] as const),
  ...(['tls.expiring', 'tls.sni', 'tls.name', 'tls.authority'] as const),
  ...(['tls.not-spoken', 'tls.required', 'tls.off', 'tls.password'] as const),
  ...(['server.old', 'server.replica', 'database.wrong'] as const),
  ...(['cluster.not-configured', 'cluster.slots', 'cluster.down', 'cluster.node-unreachable'] as const),
  'sentinel.name',
  ...(['memory.noeviction', 'memory.full', 'memory.unbounded', 'persistence.rdb', 'persistence.aof'] as const),
  ...(['clients.nearly-full', 'idle.short', 'latency.high', 'clock.skew'] as const),
  ...(['ttl.missing', 'namespace.shared', 'memcached.item-size', 'command.missing', 'leftovers'] as const),
  ...(['near.no-effect', 'near.staleness'] as const),
  ...(['config.invalid', 'not-checked'] as const),
] as const;

/** The stable name of a kind of finding. */
export type FindingId = (typeof findingIds)[number];

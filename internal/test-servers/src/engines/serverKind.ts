/** The servers that tests can start. */
export const serverKinds = ['redis', 'valkey', 'memcached'] as const;

/** The name of a server that tests can start. */
export type ServerKind = (typeof serverKinds)[number];

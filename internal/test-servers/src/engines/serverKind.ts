/** The servers that tests can start. */
export const serverKinds = ['redis', 'valkey', 'memcached'] as const;

/** The name of a server that tests can start. */
export type ServerKind = (typeof serverKinds)[number];

/** How to get a server and how to call it. */
export interface ServerProgram {
  /** The name of the program, which is the name of its Debian package too. */
  readonly name: string;
  readonly brewFormula: string;
  readonly image: string;
}

/** The program of each kind of server. */
export const serverPrograms: Readonly<Record<ServerKind, ServerProgram>> = {
  redis: { name: 'redis-server', brewFormula: 'redis', image: 'redis:7.4-alpine' },
  valkey: { name: 'valkey-server', brewFormula: 'valkey', image: 'valkey/valkey:8.1-alpine' },
  memcached: { name: 'memcached', brewFormula: 'memcached', image: 'memcached:1.6-alpine' },
};

/** Returns the name of the environment variable with the URL of the shared server of this kind. */
export function toUrlVariable(kind: ServerKind): string {
  return `GREENROOM_TEST_${kind.toUpperCase()}_URL`;
}

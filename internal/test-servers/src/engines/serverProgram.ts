import type { ServerKind } from './serverKind';

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

import { cleanText } from './cleanText';
import type { ServerAddress, SocketAddress } from './serverAddress';

/** What went wrong where. */
export interface ServerPlace {
  /** How messages call the server, with its address: `Redis at localhost:6379`. */
  readonly serverName: string;
  /** What was asked, without arguments: `GET`, `CLUSTER SLOTS`. */
  readonly command?: string;
  /** Part of the path of its options: `redis`. */
  readonly store?: string;
  /** Whether the server is used as a node of a cluster. @defaultValue false */
  readonly isClusterNode?: boolean;
  /** @defaultValue false */
  readonly hasTls?: boolean;
  /** Whether the connection was still being made. @defaultValue false */
  readonly isConnecting?: boolean;
  /** The keys that were asked for, when the reply was too large. */
  readonly largeKeys?: readonly string[];
  /** The error reply that came before the connection was ready, if one did: servers say why before they close it. */
  readonly refusal?: string | undefined;
}

/** Calls a server by its address, without a credential. The host can come from another server. */
export function toServerName(name: string, address: ServerAddress | SocketAddress): string {
  if ('path' in address) return `${name} at ${cleanText(address.path)}`;
  const { host, port } = address;
  const clean = cleanText(host);
  return `${name} at ${clean.includes(':') ? `[${clean}]` : clean}:${port}`;
}

/** Commands whose second word says what they do. */
const containers = new Set(['CLIENT', 'CLUSTER', 'SENTINEL']);

/** What of a command may be shown. */
export function toCommandName([command = '', subcommand = '']: readonly string[]): string {
  return containers.has(command) ? `${command} ${subcommand.toUpperCase()}` : command;
}

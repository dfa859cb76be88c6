import { cleanText } from './cleanText';
import type { ServerAddress, SocketAddress } from '../config/serverAddress';

/** Where an error happened. */
export interface ServerPlace {
  /** What messages call the server, with its address: `Redis at localhost:6379`. */
  readonly serverName: string;
  /** The command without arguments: `GET`, `CLUSTER SLOTS`. */
  readonly command?: string;
  /** Name of the store, which is part of the path of its options: `redis`. */
  readonly store?: string;
  /** Whether the server is used as a node of a cluster. @defaultValue false */
  readonly isClusterNode?: boolean;
  /** Whether the connection uses TLS. @defaultValue false */
  readonly hasTls?: boolean;
  /** Whether the connection was still being made. @defaultValue false */
  readonly isConnecting?: boolean;
  /** The error reply that came before the connection was ready, if any: servers send the reason before they close. */
  readonly refusal?: string | undefined;
}

/** Names a server by its address, without credentials. The host is cleaned, because another server may have sent it. */
export function toServerName(name: string, address: ServerAddress | SocketAddress): string {
  return `${name} at ${toAddressName(address)}`;
}

/** The address alone: `localhost:6379`. */
export function toAddressName(address: ServerAddress | SocketAddress): string {
  if ('path' in address) return cleanText(address.path);
  const { host, port } = address;
  const clean = cleanText(host);
  return `${clean.includes(':') ? `[${clean}]` : clean}:${port}`;
}

/** Commands with subcommands. */
const containers = new Set(['CLIENT', 'CLUSTER', 'SENTINEL']);

/** The part of a command that may be shown. */
export function toCommandName([command = '', subcommand = '']: readonly string[]): string {
  return containers.has(command) ? `${command} ${subcommand.toUpperCase()}` : command;
}

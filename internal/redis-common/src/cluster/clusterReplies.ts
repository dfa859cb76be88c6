import { CacheError } from '@greenroom/cache-core';
import type { ServerAddress } from '../config/serverAddress';
import type { RespReply } from '../connection/clientAdapter';
import { failureOf } from '../errors/serverFailure';

/** The nodes that hold a range of slots. Addresses are `host:port`. */
export interface Shard {
  readonly first: number;
  readonly last: number;
  readonly master: string;
  readonly replicas: readonly string[];
}

/** Where a node redirects a command: for good (MOVED), or only this once (ASK). */
export interface Redirection {
  readonly kind: 'MOVED' | 'ASK';
  readonly slot: number;
  readonly address: string;
}

/**
 * Reads the reply to CLUSTER SLOTS. A node without a host is at `askedHost`. Throws CACHE_UNAVAILABLE when no slot is
 * assigned yet, as on a server that has not joined a cluster.
 */
export function readClusterSlots(reply: RespReply, askedHost: string, serverName = 'The server'): readonly Shard[] {
  const shards = asList(reply).flatMap(range => {
    const [first, last, ...nodes] = asList(range);
    const [master, ...replicas] = nodes.map(node => {
      const [host, port] = asList(node);
      return `${toHost(host, askedHost)}:${String(port)}`;
    });
    return master === undefined ? [] : [{ first: Number(first), last: Number(last), master, replicas }];
  });
  if (shards.length === 0) {
    throw new CacheError('CACHE_UNAVAILABLE', `${serverName} is in a cluster that has no slots yet`);
  }
  return shards;
}

/**
 * The host names of nodes that the cluster announces by address, keyed by that address (`host:port`). Certificates are
 * likely to be for these names.
 *
 * @see https://redis.io/docs/latest/commands/cluster-slots/ (since Redis 7)
 */
export function readHostNames(reply: RespReply, askedHost: string): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const node of asList(reply).flatMap(range => asList(range).slice(2))) {
    const [host, port, , metadata] = asList(node);
    const fields = asList(metadata);
    const name = fields[fields.indexOf('hostname') + 1];
    if (!fields.includes('hostname') || typeof name !== 'string' || name === '' || name === '?') continue;
    names.set(`${toHost(host, askedHost)}:${String(port)}`, name);
  }
  return names;
}

/** The redirection in an error reply, or `undefined`. */
export function readRedirection(error: unknown, askedHost: string): Redirection | undefined {
  const [, kind, slot, host, port] = /^(MOVED|ASK) (\d+) (.*):(\d+)$/.exec(failureOf(error).reply ?? '') ?? [];
  if ((kind !== 'MOVED' && kind !== 'ASK') || port === undefined) return undefined;
  return { kind, slot: Number(slot), address: `${toHost(host, askedHost)}:${port}` };
}

export function toServerAddress(address: string): ServerAddress {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
}

function toHost(host: RespReply | undefined, askedHost: string): string {
  return typeof host === 'string' && host !== '' && host !== '?' ? host : askedHost;
}

function asList(reply: RespReply | undefined): readonly RespReply[] {
  return Array.isArray(reply) ? (reply as readonly RespReply[]) : [];
}

import { CacheError } from '@greenroom/cache-core';
import type { ConfigSource } from '@greenroom/cache-core';
import { accessOf, readNodeAccess, readServerNode, readServerUrl } from './serverNode';
import type { NodeAccess, ServerNode } from './serverNode';

/** One server. */
export interface StandaloneTopology {
  readonly kind: 'standalone';
  readonly node: ServerNode;
}

/** A cluster, found through any of its nodes. */
export interface ClusterTopology {
  readonly kind: 'cluster';
  readonly rootNodes: readonly ServerNode[];
  /** Applies to every node, found or named. */
  readonly access: NodeAccess;
  /** Connect to a node when it is first needed. @defaultValue false */
  readonly minimizeConnections?: boolean;
  /** Read from replicas as well, which may be behind. @defaultValue false */
  readonly useReplicas?: boolean;
  /** How often a command follows a move of its key. @defaultValue 16 */
  readonly maxCommandRedirections?: number;
}

/** A master and its replicas, found through sentinels. */
export interface SentinelTopology {
  readonly kind: 'sentinel';
  /** What the sentinels call the master. */
  readonly name: string;
  readonly rootNodes: readonly ServerNode[];
  /** Applies to the master and its replicas. */
  readonly access: NodeAccess;
  /** Applies to the sentinels. */
  readonly sentinelAccess: NodeAccess;
}

/** Where the servers are. */
export type Topology = StandaloneTopology | ClusterTopology | SentinelTopology;

const EXAMPLE = 'redis://localhost:6379';

/**
 * Reads where the servers are: `<section>.cluster`, else `<section>.sentinel`, else `connection`. Throws CACHE_CONFIG
 * that names the path and shows no secret.
 */
export function readTopology(config: ConfigSource, section: string, store: string): Topology {
  const cluster = config.getOptionalSection(`${section}.cluster`);
  const sentinel = config.getOptionalSection(`${section}.sentinel`);
  if (cluster && cluster.getOptionalSections('rootNodes') === undefined) {
    config.warn(`${section}.cluster`, "has no 'rootNodes', so the server of 'connection' is used without a cluster");
  } else if (cluster) {
    if (sentinel) throw config.invalid(section, "either 'cluster' or 'sentinel', not both");
    return readCluster(config, cluster);
  }
  return sentinel ? readSentinel(config, sentinel) : { kind: 'standalone', node: readConnectionNode(config, store) };
}

function readConnectionNode(config: ConfigSource, store: string): ServerNode {
  const section = findConnectionSection(config);
  if (section) return readServerNode(section);
  const connection = config.getOptional('connection');
  if (connection === undefined || connection === '') {
    throw new CacheError(
      'CACHE_CONFIG',
      `Missing configuration at '${config.path}.connection': the store '${store}' needs the address of its server, such as ${EXAMPLE}`,
    );
  }
  return readServerUrl(config, 'connection');
}

/** `connection` as an object; `undefined` when it is a text. */
function findConnectionSection(config: ConfigSource): ConfigSource | undefined {
  return config.hasSection('connection') ? config.getOptionalSection('connection') : undefined;
}

function readCluster(config: ConfigSource, cluster: ConfigSource): ClusterTopology {
  const rootNodes = readRootNodes(cluster);
  const minimizeConnections = cluster.getOptionalBoolean('minimizeConnections');
  const useReplicas = cluster.getOptionalBoolean('useReplicas');
  const maxCommandRedirections = cluster.getOptionalInteger('maxCommandRedirections', 0);
  const access = readDefaults(config, cluster, rootNodes);
  if (access.database) throw cluster.invalid('defaults.database', 'none, since a cluster has only database 0');
  return {
    kind: 'cluster',
    rootNodes,
    access,
    ...(minimizeConnections !== undefined && { minimizeConnections }),
    ...(useReplicas !== undefined && { useReplicas }),
    ...(maxCommandRedirections !== undefined && { maxCommandRedirections }),
  };
}

function readSentinel(config: ConfigSource, sentinel: ConfigSource): SentinelTopology {
  const name = sentinel.getOptionalString('name');
  if (!name) throw sentinel.invalid('name', 'what the sentinels call the master, such as mymaster');
  const rootNodes = readRootNodes(sentinel);
  const sentinelAccess = withDefaults(toAccess(rootNodes[0]), sentinel.getOptionalSection('sentinelDefaults'));
  return {
    kind: 'sentinel',
    name,
    rootNodes: rootNodes.map(node => ({ ...node, ...mergeAccess(sentinelAccess, accessOf(node)) })),
    access: readDefaults(config, sentinel, []),
    sentinelAccess,
  };
}

function readRootNodes(section: ConfigSource): readonly ServerNode[] {
  const rootNodes = section.getOptionalSections('rootNodes') ?? [];
  if (rootNodes.length === 0) throw section.invalid('rootNodes', `a list of servers, such as [{ url: '${EXAMPLE}' }]`);
  return rootNodes.map(readServerNode);
}

/**
 * What every node needs: that of the first root node, that of an object under `connection`, as Backstage has it, and
 * `defaults`, which wins. So credentials and TLS reach nodes that are only found later.
 */
function readDefaults(config: ConfigSource, section: ConfigSource, rootNodes: readonly ServerNode[]): NodeAccess {
  const defaults = section.getOptionalSection('defaults');
  const shared = findConnectionSection(config);
  // The address in it is what the schema of Backstage demands, and of no use here.
  for (const key of ['url', 'host', 'port', 'socket.host', 'socket.port']) shared?.getOptional(key);
  return withDefaults(withDefaults(toAccess(rootNodes[0]), shared), defaults);
}

function toAccess(node: ServerNode | undefined): NodeAccess {
  return node ? accessOf(node) : {};
}

/** What a section says wins; TLS that is asked for before need not be asked for again, to have settings. */
function withDefaults(access: NodeAccess, section: ConfigSource | undefined): NodeAccess {
  return section ? mergeAccess(access, readNodeAccess(section, access.tls)) : access;
}

function mergeAccess(access: NodeAccess, later: NodeAccess): NodeAccess {
  const tls = access.tls || later.tls ? { ...access.tls, ...later.tls } : undefined;
  return { ...access, ...later, ...(tls && { tls }) };
}

import { CacheError, readOptions } from '@greenroom/cache-core';
import type { ConfigSource, OptionTable } from '@greenroom/cache-core';
import { accessOf, accessOptions, nodeOptions, readNodeAccess, readServerNode, readServerUrl } from './serverNode';
import type { NodeAccess } from './nodeAccess';
import type { ServerNode, SocketNode, UrlForm } from './serverNode';

/** One server. */
export interface StandaloneTopology {
  /** Tells the kinds of topology apart. */
  readonly kind: 'standalone';
  /** The server. */
  readonly node: ServerNode | SocketNode;
}

/** A cluster, found by any of its nodes. */
export interface ClusterTopology {
  /** Tells the kinds of topology apart. */
  readonly kind: 'cluster';
  /** Nodes by which the cluster is found; at least one. */
  readonly rootNodes: readonly ServerNode[];
  /** Login and TLS settings of every node, configured or discovered. */
  readonly access: NodeAccess;
  /** Whether to connect to a node only when it is first needed. @defaultValue false */
  readonly minimizeConnections?: boolean;
  /** Whether to read from replicas too, which may return older values. @defaultValue false */
  readonly useReplicas?: boolean;
  /** How many redirections (MOVED or ASK) a command follows at most; 0 or more. @defaultValue 16 */
  readonly maxCommandRedirections?: number;
}

/** A master and its replicas, found by sentinels. */
export interface SentinelTopology {
  /** Tells the kinds of topology apart. */
  readonly kind: 'sentinel';
  /** Name by which the sentinels know the master, such as `mymaster`. */
  readonly name: string;
  /** The sentinels; at least one. */
  readonly rootNodes: readonly ServerNode[];
  /** Login and TLS settings of the master and its replicas. */
  readonly access: NodeAccess;
  /** Login and TLS settings of the sentinels. */
  readonly sentinelAccess: NodeAccess;
}

/** The servers of a store: one server, a cluster, or a master with sentinels. */
export type Topology = StandaloneTopology | ClusterTopology | SentinelTopology;

/** Options of `<section>.cluster`. */
export const clusterOptions = {
  rootNodes: {
    type: 'list',
    options: nodeOptions,
    description: 'Nodes to find the cluster through, at least one, required.',
  },
  defaults: {
    type: 'section',
    options: accessOptions,
    description: 'What every node of the cluster needs. Default: as the first node.',
  },
  minimizeConnections: {
    type: 'boolean',
    default: false,
    description: 'Whether to connect to a node only when it is first needed.',
  },
  useReplicas: {
    type: 'boolean',
    default: false,
    description: 'Whether to read from replicas as well, which may be behind.',
  },
  maxCommandRedirections: {
    type: 'integer',
    default: 16,
    description: 'How often a command follows a move of its key.',
  },
} as const satisfies OptionTable;

const sentinelOptions = {
  name: { type: 'text', description: 'What the sentinels call the master, required.' },
  rootNodes: { type: 'list', options: nodeOptions, description: 'Sentinels, at least one, required.' },
  defaults: {
    type: 'section',
    options: accessOptions,
    description: 'What the master and its replicas need. Default: nothing.',
  },
  sentinelDefaults: {
    type: 'section',
    options: accessOptions,
    description: 'What the sentinels need. Default: as the first sentinel.',
  },
} as const satisfies OptionTable;

/** Options of `<section>` that say where the servers are, read by {@link readTopology}. */
export const topologyOptions = {
  cluster: {
    type: 'section',
    options: clusterOptions,
    description: 'A cluster, instead of the server of `connection`. Default: none.',
  },
  sentinel: {
    type: 'section',
    options: sentinelOptions,
    description: 'A master that sentinels know, instead of the server of `connection`. Default: none.',
  },
} as const satisfies OptionTable;

/** As in Backstage's own cache, only Valkey accepts an address without a scheme. */
function toUrlForm(store: string): UrlForm {
  return { example: `${store}://localhost:6379`, isSchemeOptional: store === 'valkey' };
}

/**
 * Reads where the servers are: `<section>.cluster`, else `<section>.sentinel`, else `connection`. Throws CACHE_CONFIG
 * that names the path and shows no secret.
 */
export function readTopology(config: ConfigSource, section: string, store: string): Topology {
  const form = toUrlForm(store);
  const cluster = config.getOptionalSection(`${section}.cluster`);
  const sentinel = config.getOptionalSection(`${section}.sentinel`);
  if (cluster && cluster.getOptionalSections('rootNodes') === undefined) {
    config.warn(`${section}.cluster`, "has no 'rootNodes', so the server of 'connection' is used without a cluster");
  } else if (cluster) {
    if (sentinel) throw config.invalid(section, "either 'cluster' or 'sentinel', not both");
    return readCluster(config, cluster, form);
  }
  if (sentinel) return readSentinel(config, sentinel, form);
  return { kind: 'standalone', node: readConnectionNode(config, store, form) };
}

function readConnectionNode(config: ConfigSource, store: string, form: UrlForm): ServerNode | SocketNode {
  const section = findConnectionSection(config);
  if (section) return readServerNode(section, form);
  const connection = config.getOptional('connection');
  if (connection === undefined || connection === '') {
    throw new CacheError(
      'CACHE_CONFIG',
      `Missing configuration at '${config.path}.connection': the store '${store}' needs the address of its server, such as ${form.example}`,
    );
  }
  return readServerUrl(config, 'connection', form);
}

/** Returns `connection` if it is an object; `undefined` when it is a text. */
function findConnectionSection(config: ConfigSource): ConfigSource | undefined {
  return config.hasSection('connection') ? config.getOptionalSection('connection') : undefined;
}

function readCluster(config: ConfigSource, cluster: ConfigSource, form: UrlForm): ClusterTopology {
  const rootNodes = readRootNodes(cluster, form);
  const options = readOptions(cluster, clusterOptions);
  const access = readDefaults(config, cluster, rootNodes);
  if (access.database) throw cluster.invalid('defaults.database', 'none, since a cluster has only database 0');
  return { kind: 'cluster', rootNodes, access, ...options };
}

function readSentinel(config: ConfigSource, sentinel: ConfigSource, form: UrlForm): SentinelTopology {
  const { name } = readOptions(sentinel, sentinelOptions);
  if (!name) throw sentinel.invalid('name', 'what the sentinels call the master, such as mymaster');
  const rootNodes = readRootNodes(sentinel, form);
  const sentinelAccess = withDefaults(toAccess(rootNodes[0]), sentinel.getOptionalSection('sentinelDefaults'));
  return {
    kind: 'sentinel',
    name,
    rootNodes: rootNodes.map(node => ({ ...node, ...mergeAccess(sentinelAccess, accessOf(node)) })),
    access: readDefaults(config, sentinel, []),
    sentinelAccess,
  };
}

function readRootNodes(section: ConfigSource, form: UrlForm): readonly ServerNode[] {
  const rootNodes = section.getOptionalSections('rootNodes') ?? [];
  if (rootNodes.length === 0) {
    throw section.invalid('rootNodes', `a list of servers, such as [{ url: '${form.example}' }]`);
  }
  return rootNodes.map(rootNode => {
    const node = readServerNode(rootNode, form);
    if ('path' in node) throw rootNode.invalid('url', 'a host, since there are other nodes that no socket leads to');
    return node;
  });
}

/**
 * Access settings of every node, also of those discovered later: from the first root node, then from an object under
 * `connection` as Backstage has it, then from `defaults`. Later ones win.
 */
function readDefaults(config: ConfigSource, section: ConfigSource, rootNodes: readonly ServerNode[]): NodeAccess {
  const defaults = section.getOptionalSection('defaults');
  const shared = findConnectionSection(config);
  // Backstage's schema requires an address here; it is not used.
  for (const key of ['url', 'host', 'port', 'path', 'socket.host', 'socket.port', 'socket.path'])
    shared?.getOptional(key);
  const access = toAccess(rootNodes[0]);
  return withDefaults(shared ? mergeAccess(access, readNodeAccess(shared, access.tls)) : access, defaults);
}

function toAccess(node: ServerNode | undefined): NodeAccess {
  return node ? accessOf(node) : {};
}

/** Merges the settings of the section, which win. If TLS is on already, the section can add TLS settings without switching it on. */
function withDefaults(access: NodeAccess, section: ConfigSource | undefined): NodeAccess {
  if (!section) return access;
  for (const key of ['path', 'socket.path']) {
    if (section.getOptional(key) !== undefined)
      throw section.invalid(key, 'nothing, since not all nodes are at one socket');
  }
  return mergeAccess(access, readNodeAccess(section, access.tls));
}

function mergeAccess(access: NodeAccess, later: NodeAccess): NodeAccess {
  const tls = access.tls || later.tls ? { ...access.tls, ...later.tls } : undefined;
  return { ...access, ...later, ...(tls && { tls }) };
}

import type { CacheDriverDefinition, TlsSettings } from '@greenroom/cache-core';
import type { ClientSettings, Topology } from '@greenroom/redis-common';
import { createDeadline } from './link/deadline';
import { checkMemcached } from './memcached/checkMemcached';
import { enterMemcached } from './memcached/enterMemcached';
import { checkOtherStore } from './otherStore';
import { readDoctorConfig } from './readDoctorConfig';
import type { DoctorConfig } from './readDoctorConfig';
import { createFindings } from './report/findings';
import type { Finding, Findings } from './report/findings';
import { checkCluster } from './topology/checkCluster';
import { checkSentinels } from './topology/checkSentinels';
import { checkSingle } from './topology/checkSingle';
import { toEndpoint } from './topology/toEndpoint';
import type { Place } from './link/endpoint';

/** What the doctor has found. */
export interface DoctorReport {
  readonly version: 1;
  /** Name of the store in the configuration. */
  readonly store: string;
  /** `host:port` of the servers that the configuration names. */
  readonly servers: readonly string[];
  readonly durationMs: number;
  /** From the most to the least severe. */
  readonly findings: readonly Finding[];
}

/** What the caller provides to the doctor. */
export interface DoctorHost {
  /** Path of the configuration, for messages: `backend.cache`. */
  readonly path: string;
  readonly signal: AbortSignal;
  /** Loads the driver of a store. Throws CACHE_CONFIG or CACHE_DRIVER_MISSING. */
  loadDriver(store: string): Promise<CacheDriverDefinition>;
  /** Gets a text about each step, for display. */
  progress(text: string): void;
}

/** Longest time for the whole examination, so that the program ends within 3 s even when no server answers. */
const DEADLINE_MS = 2550;
/** The servers get at least this time, even when loading the driver takes long. */
const MIN_MS = 1500;

/**
 * Checks the configuration and the servers of a cache. It writes one key of its own to each server and removes it. Before TLS is up it
 * sends nothing, and so no password. Rejects when the signal fires.
 *
 * @param config - The value at `backend.cache`.
 */
export async function diagnose(config: unknown, host: DoctorHost): Promise<DoctorReport> {
  const start = performance.now();
  const findings = createFindings();
  const read = await readDoctorConfig(config, host.path, store => host.loadDriver(store), findings);
  const servers =
    'driver' in read ? await examine(read, host, findings, DEADLINE_MS - (performance.now() - start)) : [];
  host.signal.throwIfAborted();
  return {
    ...{ version: 1, store: read.store, servers },
    durationMs: Math.round(performance.now() - start),
    findings: findings.list(),
  };
}

async function examine(
  read: DoctorConfig,
  host: DoctorHost,
  findings: Findings,
  ms: number,
): Promise<readonly string[]> {
  const deadline = createDeadline(Math.max(MIN_MS, Math.round(ms)), host.signal);
  const progress = (text: string) => host.progress(text);
  const common = { findings, deadline, progress, hasDefaultTtl: read.hasDefaultTtl };
  // An app may replace one of these drivers by its own, with other options.
  if (isRespOptions(read.options)) {
    const {
      topology,
      namespace = '',
      keyPrefixSeparator = ':',
      useUnlink = true,
      commandTimeoutMs = 500,
    } = read.options;
    const examination = {
      ...{ ...common, store: read.store, pluginIds: read.pluginIds, usesUnlink: useUnlink, commandTimeoutMs },
      prefix: namespace === '' ? '' : `${namespace}${keyPrefixSeparator}`,
    };
    if (topology.kind === 'cluster') await checkCluster(topology, examination);
    else if (topology.kind === 'sentinel') await checkSentinels(topology, examination);
    else await checkSingle(topology.node, examination);
    const nodes: readonly Place[] = topology.kind === 'standalone' ? [topology.node] : topology.rootNodes;
    return nodes.map(node => toEndpoint(node, {}).name);
  }
  if (read.store === 'memcache' && isMemcacheOptions(read.options)) {
    const { servers, tls, credentials, maxValueBytes = 1_047_552, commandTimeoutMs = 500 } = read.options;
    const examination = { ...common, maxValueBytes, commandTimeoutMs };
    const endpoints = servers.map(server => ({
      ...toEndpoint(server, tls ? { tls } : {}),
      login: server.credentials ?? credentials,
    }));
    await Promise.all(
      endpoints.map(async ({ login, ...endpoint }) => {
        const server = await enterMemcached(endpoint, login, examination);
        if (server) await checkMemcached(server, examination);
      }),
    );
    return endpoints.map(({ name }) => name);
  }
  await checkOtherStore(read.driver, read.options, common);
  return [];
}

type RespOptions = ClientSettings & { readonly topology: Topology };

interface Login {
  readonly username: string;
  readonly password: string;
}

interface MemcacheOptions {
  readonly servers: readonly (Place & { readonly credentials?: Login })[];
  readonly tls?: TlsSettings;
  readonly credentials?: Login;
  readonly maxValueBytes?: number;
  readonly commandTimeoutMs?: number;
}

function isRespOptions(options: unknown): options is RespOptions {
  return typeof (options as Partial<RespOptions> | undefined)?.topology?.kind === 'string';
}

function isMemcacheOptions(options: unknown): options is MemcacheOptions {
  return Array.isArray((options as Partial<MemcacheOptions> | undefined)?.servers);
}

import { engineVariable, selectEngine } from '../engines/selectEngine';
import { toUrlVariable, type ServerKind } from '../engines/serverKind';
import { startRedis, startValkey } from '../servers/respServer';
import { startMemcached } from '../servers/startMemcached';
import type { TestServer } from '../servers/testServer';

/** Servers that the tests of a run share. */
export interface SharedServers {
  readonly kinds: readonly ServerKind[];
  /** Stops the servers that were started for the run. */
  stop(): Promise<void>;
}

const starters: Readonly<Record<ServerKind, () => Promise<TestServer>>> = {
  redis: startRedis,
  valkey: startValkey,
  memcached: startMemcached,
};

/**
 * Starts a server of each of these kinds, unless an environment variable already names one. Sets the variables, so that `sharedServerUrl`
 * finds the servers in this process and in those that it starts.
 */
export async function startSharedServers(
  wanted: readonly ServerKind[],
  print: (line: string) => void,
): Promise<SharedServers> {
  const startedMs = performance.now();
  const kinds = wanted.filter(kind => !process.env[toUrlVariable(kind)]);
  const given = wanted.filter(kind => !kinds.includes(kind));
  if (given.length > 0) print(`test servers: ${given.map(kind => `${kind} from ${toUrlVariable(kind)}`).join(', ')}`);

  const engine = await selectEngine();
  if (kinds.length > 0) await engine.prepare(kinds, text => print(`test servers: ${text}`));
  const servers = await startAll(kinds);
  const restore = setVariables({
    [engineVariable]: engine.name,
    ...Object.fromEntries([...servers].map(([kind, { url }]) => [toUrlVariable(kind), url])),
  });
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  if (kinds.length > 0) print(`test servers: ${kinds.join(', ')} (${engine.name}) up in ${seconds} s`);
  return {
    kinds,
    async stop() {
      restore();
      await Promise.all([...servers.values()].map(server => server.stop()));
    },
  };
}

/** Sets environment variables. Returns a function that restores the earlier values. */
function setVariables(variables: Readonly<Record<string, string>>): () => void {
  const before = { ...process.env };
  Object.assign(process.env, variables);
  return () => {
    for (const name of Object.keys(variables)) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  };
}

async function startAll(kinds: readonly ServerKind[]): Promise<ReadonlyMap<ServerKind, TestServer>> {
  const servers = new Map<ServerKind, TestServer>();
  const results = await Promise.allSettled(kinds.map(async kind => servers.set(kind, await starters[kind]())));
  const failures = results.flatMap(result => (result.status === 'rejected' ? [result.reason as unknown] : []));
  if (failures.length > 0) {
    await Promise.all([...servers.values()].map(server => server.stop()));
    throw failures.length === 1 ? failures[0] : new AggregateError(failures, failures.map(String).join('\n'));
  }
  return servers;
}

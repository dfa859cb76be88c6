import type { ServerGroup } from '../engines/serverEngine';
import { once } from '../helpers/once';
import { waitUntil } from '../helpers/promises';
import { sendCommands } from '../protocol/sendCommands';
import { createRespSecurity, type RespSecurity, type RespSecurityOptions } from '../servers/createRespSecurity';
import { addRespServer } from '../servers/respServer';
import { startGroup } from '../servers/startGroup';
import type { TestServer } from '../servers/testServer';
import { planSentinels } from './planSentinels';

/** How to run a redis or valkey server that sentinels watch. */
export interface RespSentinelOptions extends RespSecurityOptions {
  /** @defaultValue 1 */
  readonly replicas?: number;
  /** More arguments of the servers. */
  readonly args?: readonly string[];
}

/** A master, its replicas, and three sentinels, of which two have to agree. They regard the master as down after 500 ms. */
export interface TestSentinelSet {
  /** The name of the master at the sentinels. */
  readonly name: string;
  /** The servers, the first master first. Stopping one does not affect the others. */
  readonly servers: readonly TestServer[];
  /** The sentinels. They speak TLS if the servers do, and require no login. */
  readonly sentinels: readonly TestServer[];
  /** Returns the server that all sentinels that answer name as the master. Rejects when they do not agree. */
  findMaster(): Promise<TestServer>;
  /** Resolves to the new master once all sentinels that answer agree on it and it accepts writes. */
  waitForFailover(oldMaster: TestServer): Promise<TestServer>;
  /** Ends all servers and sentinels for good. Can be called any number of times. */
  stop(): Promise<void>;
}

const masterName = 'greenroom';
const sentinelCount = 3;
const formTimeoutMs = 20_000;
const failoverTimeoutMs = 30_000;

/** Starts a real redis server with replicas and three sentinels on free ports, and resolves once they all know each other. */
export function startRedisSentinel(options: RespSentinelOptions = {}): Promise<TestSentinelSet> {
  return startRespSentinel('redis', options);
}

/** Starts a real valkey server with replicas and three sentinels on free ports, and resolves once they all know each other. */
export function startValkeySentinel(options: RespSentinelOptions = {}): Promise<TestSentinelSet> {
  return startRespSentinel('valkey', options);
}

async function startRespSentinel(
  kind: 'redis' | 'valkey',
  { replicas = 1, args = [], ...options }: RespSentinelOptions,
): Promise<TestSentinelSet> {
  const security = await createRespSecurity(options);
  const size = 1 + replicas;
  return startGroup(kind, size + sentinelCount, async (group, ports) => {
    const servers = await startServers(group, { kind, ports: ports.slice(0, size), security, args });
    const sentinels = await startSentinels(group, { kind, ports: ports.slice(size), security, servers });
    const findMaster = () => findAgreedMaster(servers, sentinels);
    return {
      name: masterName,
      servers,
      sentinels,
      findMaster,
      waitForFailover: oldMaster =>
        waitUntil(`the sentinels have replaced the master at port ${oldMaster.port}`, failoverTimeoutMs, async () => {
          const master = await findMaster();
          if (master === oldMaster) throw new Error('it is still the master');
          return master;
        }),
      stop: once(async () => {
        await Promise.all([...sentinels, ...servers].map(server => server.stop()));
        await group.close();
      }),
    };
  });
}

interface Members {
  readonly kind: 'redis' | 'valkey';
  readonly ports: readonly number[];
  readonly security: RespSecurity;
}

async function startServers(
  group: ServerGroup,
  { kind, ports, security, args }: Members & { readonly args: readonly string[] },
): Promise<readonly TestServer[]> {
  const [masterPort] = ports;
  const servers = await Promise.all(
    ports.map(port => {
      const replication = port === masterPort ? [] : ['--replicaof', '127.0.0.1', String(masterPort)];
      return addRespServer(group, {
        ...{ kind, port, security },
        args: ['--repl-diskless-sync-delay', '0', ...replication, ...args],
      });
    }),
  );
  await Promise.all(servers.map(server => server.start()));
  await Promise.all(
    servers.slice(1).map(replica =>
      waitUntil(`the replica at port ${replica.port} is up to date`, formTimeoutMs, async () => {
        const [information] = await sendCommands(replica, [['INFO', 'replication']]);
        if (!String(information).includes('master_link_status:up')) throw new Error(String(information));
      }),
    ),
  );
  return servers;
}

async function startSentinels(
  group: ServerGroup,
  { kind, ports, security, servers }: Members & { readonly servers: readonly TestServer[] },
): Promise<readonly TestServer[]> {
  const { credentials, ...openSecurity } = security;
  const plan = planSentinels({ ports, masterName, masterPort: servers[0]?.port ?? 0, credentials });
  const sentinels = await Promise.all(
    plan.map(({ port, args, files, configuration }) =>
      addRespServer(group, { kind, port, args, files, configuration, security: { ...openSecurity, loginArgs: [] } }),
    ),
  );
  await Promise.all(sentinels.map(sentinel => sentinel.start()));
  await Promise.all(
    sentinels.map(sentinel =>
      waitUntil(`the sentinel at port ${sentinel.port} knows all others`, formTimeoutMs, async () => {
        const [master, quorum] = await sendCommands(sentinel, [
          ['SENTINEL', 'MASTER', masterName],
          ['SENTINEL', 'CKQUORUM', masterName],
        ]);
        const isComplete = String(master).includes(`num-slaves,${servers.length - 1},`);
        if (!isComplete || !String(quorum).startsWith(`OK ${sentinelCount} usable`))
          throw new Error(`${String(master)} ${String(quorum)}`);
      }),
    ),
  );
  return sentinels;
}

async function findAgreedMaster(servers: readonly TestServer[], sentinels: readonly TestServer[]): Promise<TestServer> {
  const answers = await Promise.allSettled(
    sentinels.map(sentinel => sendCommands(sentinel, [['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', masterName]])),
  );
  const addresses = new Set(
    answers.flatMap(answer => (answer.status === 'fulfilled' ? [String(answer.value[0])] : [])),
  );
  const master = servers.find(({ port }) => addresses.has(`127.0.0.1,${port}`));
  if (!master || addresses.size !== 1)
    throw new Error(`the sentinels say ${[...addresses].join(' and ') || 'nothing'}`);
  const [role] = await sendCommands(master, [['ROLE']]);
  if (!String(role).startsWith('master,'))
    throw new Error(`the server at port ${master.port} has the role ${String(role)}`);
  return master;
}

import type { ServerGroup } from '../engines/serverEngine';
import { sendCommands } from '../protocol/sendCommands';
import type { ServerAddress } from '../protocol/serverAddress';
import { createRespSecurity, type RespSecurity, type RespSecurityOptions } from './createRespSecurity';
import { startGroup } from './startGroup';
import { createTestServer, type TestServer } from './testServer';

/** How to run a redis or valkey server. */
export interface RespServerOptions extends RespSecurityOptions {
  /** More arguments of the server program, for example `['--maxmemory', '4mb']`. */
  readonly args?: readonly string[];
}

/** Starts one real redis server on a free port, empty, and resolves once it answers. */
export function startRedis(options: RespServerOptions = {}): Promise<TestServer> {
  return startRespServer('redis', options);
}

/** Starts one real valkey server on a free port, empty, and resolves once it answers. */
export function startValkey(options: RespServerOptions = {}): Promise<TestServer> {
  return startRespServer('valkey', options);
}

async function startRespServer(
  kind: 'redis' | 'valkey',
  { args = [], ...options }: RespServerOptions,
): Promise<TestServer> {
  const security = await createRespSecurity(options);
  return startGroup(kind, 1, async (group, [port = 0]) => {
    const server = await addRespServer(group, { kind, port, security, args, end: () => group.close() });
    await server.start();
    return server;
  });
}

/** One redis or valkey server in a group. */
export interface RespServerDefinition {
  readonly kind: 'redis' | 'valkey';
  readonly port: number;
  readonly security: RespSecurity;
  readonly args: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
  /** The file that the server reads its configuration from. */
  readonly configuration?: string;
  /** Ends the server for good. @defaultValue kills it */
  readonly end?: () => Promise<void>;
}

/** Adds a redis or valkey server to a group, without starting it. The server stores nothing on disk. */
export async function addRespServer(
  group: ServerGroup,
  { kind, port, security, args, files, configuration, end }: RespServerDefinition,
): Promise<TestServer> {
  const { ca, credentials } = security;
  const listen = ca === undefined ? ['--port', String(port)] : ['--port', '0', '--tls-port', String(port)];
  const process = await group.add({
    args: [
      ...(configuration === undefined ? [] : [configuration]),
      ...listen,
      ...['--bind', group.bindAddress, '--protected-mode', 'no', '--save', '', '--appendonly', 'no'],
      ...security.tlsArgs,
      ...security.loginArgs,
      ...args,
    ],
    files: { ...security.files, ...files },
  });
  const address: ServerAddress = {
    host: group.host,
    port,
    ...(ca !== undefined && { ca }),
    ...(credentials && { credentials }),
  };
  return createTestServer({
    name: kind,
    process,
    address,
    url: toUrl(address),
    readProcessId,
    end: end ?? (() => process.kill()),
  });
}

function toUrl({ host, port, ca, credentials }: ServerAddress): string {
  const scheme = ca === undefined ? 'redis' : 'rediss';
  const login = credentials
    ? `${encodeURIComponent(credentials.username ?? '')}:${encodeURIComponent(credentials.password)}@`
    : '';
  return `${scheme}://${login}${host}:${port}`;
}

async function readProcessId(address: ServerAddress): Promise<number> {
  const [, information] = await sendCommands(address, [['PING'], ['INFO', 'server']]);
  return Number(/process_id:(\d+)/.exec(String(information))?.[1]);
}

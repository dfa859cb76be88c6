import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withFreePorts } from '@greenroom/test-servers';
import { ownEnvironment } from './packageManagers';

const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 10_000;

/** A backend of Backstage in a process of its own. */
export interface RunningBackend {
  /** Requests a path. Resolves to the body, whatever the status. */
  request(path: string, method?: 'GET' | 'PUT'): Promise<string>;
  /** What it has logged so far. */
  log(): string;
  /** Stops it as an operator would, by SIGTERM. */
  stop(): Promise<void>;
}

/** The parts of the configuration that differ between backends. */
interface BackendConfig {
  readonly cache: object;
  readonly techdocs?: object;
  readonly dynamicPlugins?: object;
}

/** Runs a script of an installed app. If it does not start, rejects with its log. */
export function startBackend(
  app: string,
  script: string,
  config: BackendConfig,
  env = ownEnvironment(),
): Promise<RunningBackend> {
  return withFreePorts(1, async ([port = 0], release) => {
    const baseUrl = `http://127.0.0.1:${port}`;
    await writeConfig(app, baseUrl, config);
    const backend = await startScript(app, script, baseUrl, env);
    return { ...backend, stop: () => backend.stop().finally(release) };
  });
}

async function startScript(
  app: string,
  script: string,
  baseUrl: string,
  env: NodeJS.ProcessEnv,
): Promise<RunningBackend> {
  const child = spawn(process.execPath, [script, '--config', 'app-config.yaml'], { cwd: app, env });
  const ended = once(child, 'close');
  let log = '';
  const started = new Promise<void>(resolve => {
    for (const output of [child.stdout, child.stderr]) {
      output.on('data', (chunk: Buffer) => {
        log += chunk.toString();
        if (log.includes('The backend has started')) resolve();
      });
    }
  });
  const stop = async () => {
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    child.kill('SIGTERM');
    await ended;
    clearTimeout(timer);
  };

  const timer = setTimeout(() => child.kill('SIGKILL'), START_TIMEOUT_MS);
  const hasStarted = await Promise.race([started.then(() => true), ended.then(() => false)]);
  clearTimeout(timer);
  if (!hasStarted) throw new Error(log);

  return {
    async request(path, method = 'GET') {
      const response = await fetch(`${baseUrl}/api/${path}`, {
        method,
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      return response.text();
    },
    log: () => log,
    stop,
  };
}

/** Writes a configuration that needs no database, as the plugin keys are in files, and no sign-in. */
async function writeConfig(app: string, baseUrl: string, { cache, ...plugins }: BackendConfig): Promise<void> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const [publicKeyFile, privateKeyFile] = [join(app, 'public.pem'), join(app, 'private.pem')];
  await writeFile(publicKeyFile, publicKey);
  await writeFile(privateKeyFile, privateKey, { mode: 0o600 });
  const { hostname, port } = new URL(baseUrl);
  const backend = {
    baseUrl,
    listen: { host: hostname, port: Number(port) },
    cache,
    auth: {
      dangerouslyDisableDefaultAuthPolicy: true,
      pluginKeyStore: { type: 'static', static: { keys: [{ keyId: 'trial', publicKeyFile, privateKeyFile }] } },
    },
  };
  // JSON is YAML too.
  await writeFile(join(app, 'app-config.yaml'), JSON.stringify({ app: { baseUrl }, backend, ...plugins }));
}

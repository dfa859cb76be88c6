import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StartedTestContainer } from 'testcontainers';
import { once } from '../helpers/once';
import { runCommand } from '../helpers/runCommand';
import type { ProcessDefinition, ServerEngine, ServerProcess } from './serverEngine';
import { serverPrograms, type ServerProgram } from './serverKind';

const workingFolder = '/greenroom';
const keptLogLines = 40;

/** Runs servers in containers. If a process is gone, the reaper of testcontainers removes its containers. */
export const dockerEngine: ServerEngine = {
  name: 'docker',

  async prepare(kinds, onProgress = () => undefined) {
    const { ImageName, getContainerRuntimeClient } = await loadTestcontainers();
    const { image } = await getContainerRuntimeClient();
    const names = kinds.map(kind => serverPrograms[kind].image);
    onProgress(`Docker images ${names.join(', ')}`);
    await Promise.all(names.map(name => image.pull(ImageName.fromString(name))));
  },

  async openGroup(kind, ports) {
    const program = serverPrograms[kind];
    const network = await startNetwork(program, ports);
    const serverIds: string[] = [];
    return {
      host: network.getHost() === 'localhost' ? '127.0.0.1' : network.getHost(),
      bindAddress: '0.0.0.0',
      runsAsRoot: false,
      async add(definition) {
        return toServerProcess(async keepLog => {
          const container = await startServer(program, definition, network, keepLog);
          serverIds.push(container.getId());
          return container;
        });
      },
      close: once(async () => {
        await Promise.all(serverIds.map(removeContainer));
        await removeContainer(network.getId());
      }),
    };
  },
};

// The import takes half a second, so it is done only where an engine is used.
const loadTestcontainers = once(() => import('testcontainers'));

async function findContainer(id: string) {
  const { getContainerRuntimeClient } = await loadTestcontainers();
  return (await getContainerRuntimeClient()).container.getById(id);
}

async function removeContainer(id: string): Promise<void> {
  await (await findContainer(id)).remove({ force: true, v: true });
}

/** Starts an idle container. The servers of a group share its network, so each has the same address inside and outside. */
async function startNetwork({ image }: ServerProgram, ports: readonly number[]): Promise<StartedTestContainer> {
  const { GenericContainer, Wait } = await loadTestcontainers();
  return new GenericContainer(image)
    .withEntrypoint(['sleep'])
    .withCommand(['infinity'])
    .withExposedPorts(...ports.map(port => ({ container: port, host: port })))
    .withWaitStrategy(Wait.forSuccessfulCommand('true'))
    .start();
}

async function startServer(
  { image, name }: ServerProgram,
  { args, files = {} }: ProcessDefinition,
  network: StartedTestContainer,
  keepLog: (line: string) => void,
): Promise<StartedTestContainer> {
  const { GenericContainer } = await loadTestcontainers();
  return new GenericContainer(image)
    .withNetworkMode(`container:${network.getId()}`)
    .withWorkingDir(workingFolder)
    .withCopyContentToContainer(
      Object.entries(files).map(([file, content]) => ({ content, target: `${workingFolder}/${file}` })),
    )
    .withCommand([name, ...args])
    .withLogConsumer(stream => stream.on('data', text => String(text).split('\n').forEach(keepLog)))
    .start();
}

function toServerProcess(create: (keepLog: (line: string) => void) => Promise<StartedTestContainer>): ServerProcess {
  const log: string[] = [];
  let id: string | undefined;

  async function findRunning() {
    const container = id === undefined ? undefined : await findContainer(id);
    return (await container?.inspect())?.State.Running ? container : undefined;
  }

  return {
    async start() {
      if (id === undefined) id = (await create(line => log.push(line))).getId();
      else if (!(await findRunning())) await (await findContainer(id)).start();
    },
    async kill() {
      const container = await findRunning();
      await container?.kill({ signal: 'SIGKILL' });
      await container?.wait();
    },
    async freeze() {
      await (await findRunning())?.pause();
    },
    async thaw() {
      const container = await findRunning();
      if ((await container?.inspect())?.State.Paused) await container?.unpause();
    },
    async status() {
      return { running: (await findRunning()) !== undefined, log: log.slice(-keptLogLines) };
    },
  };
}

const detectionTimeoutMs = 5_000;
const detectionScript = `
import { getContainerRuntimeClient } from 'testcontainers';
await getContainerRuntimeClient();
process.exit();
`;

/** Whether a Docker engine answers. A separate process asks it, because an engine that hangs can only be abandoned. */
export function isDockerRunning(): Promise<boolean> {
  return runCommand(process.execPath, ['--input-type=module', '--eval', detectionScript], {
    cwd: dirname(fileURLToPath(import.meta.url)),
    timeoutMs: detectionTimeoutMs,
  }).then(
    () => true,
    () => false,
  );
}

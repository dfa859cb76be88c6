import { once } from '../../helpers/once';
import type { ProcessStatus, ServerEngine, ServerProcess } from '../serverEngine';
import { findProgram } from './findProgram';
import { shareSupervisor, type SupervisedGroup } from './shareSupervisor';

const openSupervised = shareSupervisor();

/** Runs servers as processes of this machine. */
export const nativeEngine: ServerEngine = {
  name: 'native',

  async prepare(kinds, onProgress = () => undefined) {
    // One after the other, as a fetch for the first kind also serves the others.
    for (const kind of kinds) await findProgram(kind, onProgress);
  },

  async openGroup(kind) {
    const program = await findProgram(kind, () => undefined);
    const group = openSupervised();
    return {
      host: '127.0.0.1',
      bindAddress: '127.0.0.1',
      runsAsRoot: process.getuid?.() === 0,
      async add({ args, files = {} }) {
        const definition = { command: program.path, args, env: program.env, files };
        return toServerProcess(group, await group.request('add', { definition }));
      },
      close: once(() => group.close()),
    };
  },
};

function toServerProcess(group: SupervisedGroup, index: unknown): ServerProcess {
  const signal = async (name: NodeJS.Signals) => {
    await group.request('signal', { index, signal: name });
  };
  return {
    async start() {
      await group.request('start', { index });
    },
    kill: () => signal('SIGKILL'),
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    status: async () => (await group.request('status', { index })) as ProcessStatus,
  };
}

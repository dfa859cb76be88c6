import { createCliModule } from '@backstage/cli-node';
import type { CliModule } from '@backstage/cli-node';
import { name as packageName } from '../package.json';
import { runProgram } from './runProgram';
import { commandNames, commandTable } from './usage/commandTable';

/**
 * The commands as a module of the Backstage CLI: `backstage-cli cache doctor` and so on, with the options of `greenroom-cache`.
 */
const cacheCliModule: CliModule = createCliModule({
  packageJson: { name: packageName },
  async init(registry) {
    for (const name of commandNames) {
      registry.addCommand({
        path: ['cache', name],
        description: commandTable[name].summary,
        async execute({ args }) {
          const stopping = new AbortController();
          const stop = () => stopping.abort();
          process.once('SIGINT', stop);
          const code = await runProgram([name, ...args], {
            ...{ cwd: process.cwd(), env: process.env, stdout: process.stdout, stderr: process.stderr },
            signal: stopping.signal,
          });
          process.off('SIGINT', stop);
          process.exitCode = stopping.signal.aborted ? 130 : code;
        },
      });
    }
  },
});

export default cacheCliModule;

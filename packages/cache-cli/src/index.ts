import { createCliModule } from '@backstage/cli-node';
import type { CliModule } from '@backstage/cli-node';
import { name as packageName } from '../package.json';
import { runInThisProcess } from './runInThisProcess';
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
          const exitCode = await runInThisProcess([name, ...args]);
          // The Backstage CLI ends with exit code 0 even if `process.exitCode` is set.
          if (exitCode !== 0) process.exit(exitCode);
        },
      });
    }
  },
});

export default cacheCliModule;

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installDependencies, rootFolder } from './pnpm.mjs';

const { scripts } = JSON.parse(readFileSync(join(rootFolder, 'package.json'), 'utf8'));
/** All scripts of the repository named `check:...`. */
const gates = Object.keys(scripts).filter(name => name.startsWith('check:'));

// Installs and builds, then runs all gates, even if some fail. Turbo skips those that have passed with the same files.
try {
  const pnpm = await installDependencies();
  const turbo = (tasks, ...options) =>
    pnpm(['exec', 'turbo', 'run', ...tasks, '--output-logs=errors-only', '--ui=stream', ...options]);
  await turbo(['build']);
  await turbo(['typecheck', 'lint', ...gates], '--continue');
  console.log(`Passed: build, typecheck, lint, ${gates.join(', ')}`);
} catch (error) {
  if (error.name !== 'StepError') throw error;
  console.error(
    `${error.message}\nWhat failed stands after "Failed:" above; \`npm run check:...\` runs one gate alone.`,
  );
  process.exitCode = error.exitCode;
}

import { installDependencies } from './pnpm.mjs';

// Installs and builds everything, then runs pnpm with the given arguments.
try {
  const pnpm = await installDependencies();
  await pnpm(['exec', 'turbo', 'run', 'build', '--output-logs=errors-only', '--ui=stream']);
  await pnpm(process.argv.slice(2));
} catch (error) {
  if (error.name !== 'StepError') throw error;
  console.error(error.message);
  process.exitCode = error.exitCode;
}

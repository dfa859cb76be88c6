import { installDependencies } from './pnpm.mjs';

/** Installs, builds and checks types, then runs Jest. Ends the process with the exit code of the step that failed. */
export async function runTests(jestArgs) {
  try {
    const pnpm = await installDependencies();
    await pnpm(['exec', 'turbo', 'run', 'build', 'typecheck', '--output-logs=errors-only']);
    await pnpm(['exec', 'jest', '--ci', ...jestArgs]);
  } catch (error) {
    if (error.name !== 'StepError') throw error;
    console.error(error.message);
    process.exitCode = error.exitCode;
  }
}

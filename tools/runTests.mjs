import { installDependencies } from './pnpm.mjs';

/** Installs, builds and checks types, then runs Jest. The process ends with the exit code of the step that failed. */
export async function runTests(jestArgs) {
  let inJest = false;
  try {
    const pnpm = await installDependencies();
    await pnpm(['exec', 'turbo', 'run', 'build', 'typecheck', '--output-logs=errors-only']);
    inJest = true;
    await pnpm(['exec', 'jest', '--ci', ...jestArgs]);
  } catch (error) {
    if (error.name !== 'StepError') throw error;
    // Jest has said what failed, and its summary stays the last line.
    if (!inJest) console.error(error.message);
    process.exitCode = error.exitCode;
  }
}

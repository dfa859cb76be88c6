import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installDependencies } from './pnpm.mjs';
import { toSummary } from './testSummary.mjs';

/** What Jest says of a run that has none of the tests that were asked for; another run may have them. */
const noTests = /No tests found, exiting with code 0/;

/** Bursts keep 100,000 operations alive at a time, which collections of a small young generation copy again and again. */
const nodeArgs = { outages: [], waiting: [], busy: ['--max-semi-space-size=64'] };

/** Lets others go first, on any system: 0 is usual, 19 the lowest. */
const LOW_PRIORITY = 10;

/**
 * Installs, builds and runs Jest: tests that wait most of the time, in two runs at once, beside the build, which has a low
 * priority; then those that need the build or keep a processor busy. The last line has the counts of all tests; the process ends
 * with another exit code than 0 when a step or a test fails.
 */
export async function runTests(jestArgs) {
  const folder = mkdtempSync(join(tmpdir(), 'greenroom-tests-'));
  try {
    const pnpm = await installDependencies();
    const stop = new AbortController();
    const runGroup = group =>
      pnpm.node(
        [
          ...nodeArgs[group],
          toJestFile(),
          '--ci',
          `--config=tools/jest.${group}.config.mjs`,
          '--passWithNoTests',
          ...jestArgs,
        ],
        // The build writes to the same terminal.
        { hide: noTests, signal: stop.signal, env: { GREENROOM_TEST_COUNTS: folder } },
      );

    const waiting = ['outages', 'waiting'].map(runGroup);
    const building = pnpm(['exec', 'turbo', 'run', 'build', '--output-logs=errors-only', '--ui=stream'], {
      priority: LOW_PRIORITY,
    });
    building.catch(() => stop.abort());
    const outcomes = await Promise.allSettled([building, ...waiting]);
    // Alone: beside the others they would keep servers from answering in time.
    if (!outcomes[0].reason) outcomes.push(...(await Promise.allSettled([runGroup('busy')])));

    const failures = outcomes.flatMap(({ reason }) => (reason ? [reason] : []));
    const unexpected = failures.find(({ name }) => name !== 'StepError');
    if (unexpected) throw unexpected;
    // Jest itself has said what failed in it.
    if (outcomes[0].reason) console.error(outcomes[0].reason.message);
    const counts = readCounts(folder);
    process.exitCode = failures[0]?.exitCode ?? (hasTests(counts) ? 0 : 1);
    if (failures.length === 0 && !hasTests(counts)) console.error('No tests found.');
    for (const { failedFiles } of counts) for (const file of failedFiles) console.log(`Failed: ${file}`);
    console.log(toSummary(counts));
  } catch (error) {
    if (error.name !== 'StepError') throw error;
    console.error(error.message);
    process.exitCode = error.exitCode;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function readCounts(folder) {
  return readdirSync(folder).map(file => JSON.parse(readFileSync(join(folder, file), 'utf8')));
}

/** A pattern that no test file matches is a mistake. */
function hasTests(counts) {
  return counts.some(({ passed, failed, skipped }) => passed + failed + skipped > 0);
}

/** Jest, by way of a file: started by this very Node, whatever the PATH says. */
function toJestFile() {
  return createRequire(import.meta.url).resolve('jest/bin/jest');
}

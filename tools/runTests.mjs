import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installDependencies } from './pnpm.mjs';
import { toSummary } from './testSummary.mjs';

/** What Jest says of a run that has none of the tests that were asked for; another run may have them. */
const noTests = /No tests found, exiting with code 0/;

/**
 * Bursts keep 100,000 operations alive at a time, which collections of a small young generation copy again and again: a tenth of
 * the processor time of all tests. So do the collections that a small old generation asks for while it grows. The threads of a
 * collection wait for each other, which costs another twentieth where other tests have the processors.
 */
const jestNodeArgs = ['--max-semi-space-size=64', '--single-threaded-gc', '--initial-old-space-size=256'];

/**
 * Who goes first where there are not processors enough, on any system: 0 is usual, 19 the lowest. Servers and clients in an outage
 * have deadlines to keep; the others have time.
 */
const MIDDLE_PRIORITY = 5;
const LOW_PRIORITY = 10;
const LOWEST_PRIORITY = 19;

/** What a machine takes to start Node, in ms, that runs as many tests at once as `testGroups.mjs` says. Some take twice as long. */
const USUAL_START_MS = 50;

/** Most test files that are run again, more on a slow machine: when more fail, it was not for want of time. */
const MOST_AGAIN = 8;

/**
 * Installs, builds and runs Jest: tests that wait most of the time, in two runs at once, beside the build, which has a low
 * priority; then those that only compute, with what these leave; and, when the outages are over, the others that need the build
 * or keep a processor busy, with a low priority, too.
 *
 * Tests put servers, clients and deadlines to the test, and other tests can keep them from the processor for as long as a deadline:
 * files that fail are run again, alone, and this run counts; what passes only there is named. The last line has the counts of all
 * tests; the process ends with another exit code than 0 when a step or a test fails.
 */
export async function runTests(jestArgs) {
  const folder = mkdtempSync(join(tmpdir(), 'greenroom-tests-'));
  try {
    const pnpm = await installDependencies();
    const stop = new AbortController();
    const slowness = measureSlowness();
    if (slowness > 1)
      console.log(`Fewer tests at once: this machine takes ${slowness.toFixed(1)} times as long as usual.`);

    /** Gives the files that have run, with their counts. */
    const runJest = async (name, args, priority) => {
      const countsFile = join(folder, `${name}.json`);
      const failure = await pnpm
        .node([...jestNodeArgs, toJestFile(), '--ci', '--passWithNoTests', ...args, ...jestArgs], {
          // The build writes to the same terminal.
          hide: noTests,
          priority,
          signal: stop.signal,
          env: { GREENROOM_TEST_COUNTS: countsFile, GREENROOM_TEST_SLOWNESS: String(slowness) },
        })
        .catch(toStepError);
      const files = existsSync(countsFile) ? JSON.parse(readFileSync(countsFile, 'utf8')) : [];
      // Jest has said what failed in its tests; anything else that ends it is no matter of a test.
      if (failure && !files.some(hasFailed)) throw failure;
      return files;
    };
    const runGroup = (group, priority) => runJest(group, [`--config=tools/jest.${group}.config.mjs`], priority);

    const building = pnpm(['exec', 'turbo', 'run', 'build:code', '--output-logs=errors-only', '--ui=stream'], {
      priority: LOW_PRIORITY,
    });
    building.catch(() => stop.abort());
    const outages = runGroup('outages');
    const computing = building.then(() => runGroup('computing', LOWEST_PRIORITY));
    // Not before: they would keep servers from answering in time.
    const busy = Promise.all([building, outages]).then(() => runGroup('busy', LOW_PRIORITY));
    const groups = await Promise.allSettled([building, outages, runGroup('waiting', MIDDLE_PRIORITY), computing, busy]);
    for (const { reason } of groups) if (reason) throw reason;
    const files = groups.slice(1).flatMap(({ value }) => value);

    const failed = files.filter(hasFailed);
    // Who asks for some tests looks at them.
    const again = jestArgs.length === 0 && failed.length <= MOST_AGAIN * slowness ? failed : [];
    if (again.length > 0) console.log(`Again, alone: ${again.map(({ path }) => path).join(', ')}`);
    const filesAgain =
      again.length > 0
        ? await runJest('again', ['--maxWorkers=1', '--runTestsByPath', ...again.map(({ path }) => path)])
        : [];
    report(files, filesAgain);
  } catch (error) {
    if (error.name !== 'StepError') throw error;
    console.error(error.message);
    process.exitCode = error.exitCode;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** How many times as long as usual this machine takes, at least 1. Before anything else runs. */
function measureSlowness() {
  const startsMs = Array.from({ length: 5 }, () => {
    const startedMs = performance.now();
    spawnSync(process.execPath, ['--eval', '0'], { stdio: 'ignore' });
    return performance.now() - startedMs;
  });
  return Math.max(1, Math.min(...startsMs) / USUAL_START_MS);
}

/** Prints what failed and the counts, and sets the exit code. */
function report(files, filesAgain) {
  const latest = new Map([...files, ...filesAgain].map(file => [file.path, file]));
  for (const { path } of filesAgain.filter(file => !hasFailed(file))) {
    console.log(`Failed beside other tests, and passed alone: ${path}`);
  }
  const results = [...latest.values()];
  for (const { path } of results.filter(hasFailed)) console.log(`Failed: ${path}`);
  // A pattern that no test file matches is a mistake.
  if (results.length === 0) console.error('No tests found.');
  console.log(toSummary(results));
  process.exitCode = results.length === 0 || results.some(hasFailed) ? 1 : 0;
}

function hasFailed({ failed }) {
  return failed > 0;
}

function toStepError(error) {
  if (error.name !== 'StepError') throw error;
  return error;
}

/** Jest, by way of a file: started by this very Node, whatever the PATH says. */
function toJestFile() {
  return createRequire(import.meta.url).resolve('jest/bin/jest');
}

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installDependencies } from './pnpm.mjs';
import { toSummary } from './testSummary.mjs';

/** Jest prints this if a run has none of the requested tests; another run may have them. */
const noTests = /No tests found, exiting with code 0/;

/**
 * Bursts keep 100,000 operations alive at a time. With a small young generation, garbage collections copy these again and again, which
 * takes a tenth of the processor time of all tests. A small old generation causes such collections too, while it grows. The threads of a
 * collection wait for each other, which costs another twentieth when other tests use the processors.
 */
const jestNodeArgs = ['--max-semi-space-size=64', '--single-threaded-gc', '--initial-old-space-size=256'];

/**
 * Priorities for when there are too few processors, on any system: 0 is the usual one, 19 the lowest. Servers and clients in an outage have
 * deadlines; the other tests have time.
 */
const MIDDLE_PRIORITY = 5;
const LOW_PRIORITY = 10;
const LOWEST_PRIORITY = 19;

/** Time in ms to start Node on a machine that can run as many tests at once as `testGroups.mjs` says. Some machines take twice as long. */
const USUAL_START_MS = 50;

/** At most this many failed files are run again, more on a slow machine. When more fail, lack of time is not the reason. */
const MOST_AGAIN = 8;

/**
 * Installs, builds and runs Jest. Tests that mostly wait run first, in two runs at the same time as the build, which has a low priority.
 * After the build come the tests that only compute, with the processor time that is left. After the build and the outages come the others
 * that need the build or keep a processor busy, also with a low priority.
 *
 * The tests use real servers, clients and deadlines, and other tests can keep those from the processor for as long as a deadline. So files
 * that fail are run again, alone, and that result counts; files that pass only then are named. The last line has the counts of all tests.
 * The exit code is not 0 when a step or a test fails.
 */
export async function runTests(jestArgs) {
  const folder = mkdtempSync(join(tmpdir(), 'greenroom-tests-'));
  try {
    const pnpm = await installDependencies();
    const stop = new AbortController();
    const slowness = measureSlowness();
    if (slowness > 1)
      console.log(`Fewer tests at once: this machine takes ${slowness.toFixed(1)} times as long as usual.`);

    /** Runs Jest. Returns the files that were run, with their counts. */
    const runJest = async (name, args, priority) => {
      const countsFile = join(folder, `${name}.json`);
      const failure = await pnpm
        .node([...jestNodeArgs, toJestFile(), '--ci', '--passWithNoTests', ...args, ...jestArgs], {
          // Other runs, and the build, write to the same terminal.
          hide: noTests,
          priority,
          signal: stop.signal,
          env: { GREENROOM_TEST_COUNTS: countsFile, GREENROOM_TEST_SLOWNESS: String(slowness) },
        })
        .catch(toStepError);
      const files = existsSync(countsFile) ? JSON.parse(readFileSync(countsFile, 'utf8')) : [];
      // Jest has reported failed tests. Any other failure of Jest ends the whole run.
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
    // If they began earlier, they would keep servers from answering in time.
    const busy = Promise.all([building, outages]).then(() => runGroup('busy', LOW_PRIORITY));
    const groups = await Promise.allSettled([building, outages, runGroup('waiting', MIDDLE_PRIORITY), computing, busy]);
    for (const { reason } of groups) if (reason) throw reason;
    const files = groups.slice(1).flatMap(({ value }) => value);

    const failed = files.filter(hasFailed);
    // Failed files are not run again if only certain tests were requested.
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

/** How many times slower than usual this machine is, at least 1. Measured before anything else runs. */
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

/** Path of Jest, so that this Node runs it, whatever is on the PATH. */
function toJestFile() {
  return createRequire(import.meta.url).resolve('jest/bin/jest');
}

import { availableParallelism } from 'node:os';
import config from '../jest.config.mjs';
import { rootFolder } from './pnpm.mjs';

/** Tests that only compute, some of them with the build. They have no deadlines, so they may wait for the processor. */
const computingTests = [
  'packages/cache-backstage/src/documentTests/configSchema.test.ts',
  'packages/cache-core/src/extended/{clearRaces,processRaces,races}.test.ts',
  'packages/cache-core/src/near/nearRaces.test.ts',
  'packages/cache-core/src/keys/*.test.ts',
  'tools/*.test.ts',
].map(glob => rootFolder + glob);

/** Other tests that keep a processor busy for seconds, or need the build. */
const busyTests = [
  'packages/cache-{backstage,core,plugin}/src/builtPackage.test.ts',
  'packages/cache-backstage/src/storeTests/{acrossProcesses,bursts,hostileValues,keptTexts,staleReads}.test.ts',
  'packages/cache-cli/src/programTests/*.test.ts',
  'packages/cache-plugin/src/program.test.ts',
  'packages/cache-memcache/src/memcacheDriver.injection.test.ts',
  'packages/cache-memory/src/memory.test.ts',
  'examples/{conformance-runners,file-driver}/**/*.test.ts',
  'examples/backstage-backend/src/page.browser.test.ts',
].map(glob => rootFolder + glob);

/** Tests that cause faults of servers for a minute or more, and need a sixth of a processor meanwhile. */
const outageTests = [`${rootFolder}{packages,examples}/**/*{o,O}utage*.test.ts`];

/** Workers for each processor. The runs with outage tests and with waiting tests run at the same time, and both mostly wait for servers. */
const outageTestsPerProcessor = 2.5;
const waitingTestsPerProcessor = 2;

/** More than one, as these tests wait for the processes that they start. */
const busyTestsPerProcessor = 1.5;

/** These tests get only the processor time that others leave, so a test of seconds can take minutes. */
const COMPUTING_TIMEOUT_MS = 600_000;

/**
 * How many times slower than usual this machine is. With the usual number of tests at once, servers and clients would be kept from the
 * processor for longer than their deadlines.
 */
const slowness = Math.max(1, Number(process.env.GREENROOM_TEST_SLOWNESS ?? 1));

/** Packages whose tests share the same servers are one project, because a Jest worker loads each module once for each project. */
const projects = [...new Set(config.projects.map(({ globalSetup }) => globalSetup))].map(globalSetup => {
  const packages = config.projects.filter(project => project.globalSetup === globalSetup);
  const project = { ...packages[0], rootDir: rootFolder, roots: packages.map(({ rootDir }) => rootDir) };
  delete project.displayName;
  return project;
});

const toGroup = (workersPerProcessor, toTestMatch) => ({
  ...config,
  rootDir: rootFolder,
  maxWorkers: Math.ceil((workersPerProcessor * availableParallelism()) / slowness),
  projects: projects.map(project => ({ ...project, testMatch: toTestMatch(project) })),
});

const toAllBut = globs => globs.map(glob => `!${glob}`);

/** The Jest configurations of the runs, which together run each test once. */
export const testGroups = {
  outages: toGroup(outageTestsPerProcessor, () => outageTests),
  waiting: toGroup(waitingTestsPerProcessor, ({ testMatch }) => [
    ...testMatch,
    ...toAllBut([...outageTests, ...computingTests, ...busyTests]),
  ]),
  computing: { ...toGroup(1, () => computingTests), testTimeout: COMPUTING_TIMEOUT_MS },
  busy: toGroup(busyTestsPerProcessor, () => busyTests),
};

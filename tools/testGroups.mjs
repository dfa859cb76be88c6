import { availableParallelism } from 'node:os';
import config from '../jest.config.mjs';
import { rootFolder } from './pnpm.mjs';

/** Tests that keep a processor busy for seconds, or need the build. */
const busyTests = [
  'packages/cache-{backstage,core,plugin}/src/builtPackage.test.ts',
  'packages/cache-backstage/src/documentTests/configSchema.test.ts',
  'packages/cache-backstage/src/storeTests/{acrossProcesses,bursts,hostileValues,keptTexts,staleReads}.test.ts',
  'packages/cache-cli/src/programTests/*.test.ts',
  'packages/cache-plugin/src/program.test.ts',
  'packages/cache-core/src/extended/{clearRaces,processRaces,races}.test.ts',
  'packages/cache-core/src/near/nearRaces.test.ts',
  'packages/cache-core/src/keys/*.test.ts',
  'packages/cache-memcache/src/memcacheDriver.injection.test.ts',
  'packages/cache-memory/src/memory.test.ts',
  'examples/{conformance-runners,file-driver}/**/*.test.ts',
  'examples/backstage-backend/src/page.browser.test.ts',
  'tools/*.test.ts',
].map(glob => rootFolder + glob);

/** Tests that put servers through faults for a minute and more, and need a sixth of a processor meanwhile. */
const outageTests = [`${rootFolder}{packages,examples}/**/*{o,O}utage*.test.ts`];

/** How many of them run at once on each processor, beside the others, which wait for servers most of the time, too. */
const outageTestsPerProcessor = 2;
const waitingTestsPerProcessor = 2;

/** More than one: they wait for the processes that they start. */
const busyTestsPerProcessor = 1.5;

const toGroup = (workersPerProcessor, toTestMatch) => ({
  ...config,
  rootDir: rootFolder,
  maxWorkers: Math.ceil(workersPerProcessor * availableParallelism()),
  projects: config.projects.map(project => ({
    ...project,
    rootDir: project.rootDir.replace('<rootDir>', rootFolder),
    testMatch: toTestMatch(project),
  })),
});

const toAllBut = globs => globs.map(glob => `!${glob}`);

/** The configurations of Jest for runs that together have each test once. */
export const testGroups = {
  outages: toGroup(outageTestsPerProcessor, () => outageTests),
  waiting: toGroup(waitingTestsPerProcessor, ({ testMatch }) => [
    ...testMatch,
    ...toAllBut([...outageTests, ...busyTests]),
  ]),
  busy: toGroup(busyTestsPerProcessor, () => busyTests),
};

import { availableParallelism } from 'node:os';
import config from '../jest.config.mjs';
import { rootFolder } from './pnpm.mjs';

/** Tests that keep a processor busy for seconds, or need the build. */
const busyTests = [
  'packages/cache-backstage/src/builtPackage.test.ts',
  'packages/cache-backstage/src/documentTests/configSchema.test.ts',
  'packages/cache-backstage/src/storeTests/{bursts,hostileValues,keptTexts}.test.ts',
  'packages/cache-core/src/keys/*.test.ts',
  'packages/cache-memcache/src/memcacheDriver.injection.test.ts',
  'packages/cache-memory/src/memory.test.ts',
  'examples/{conformance-runners,file-driver}/**/*.test.ts',
  'tools/*.test.ts',
].map(glob => rootFolder + glob);

/** Most tests wait for servers most of the time: so many of them can run at once on each processor. */
const waitingTestsPerProcessor = 2.5;

const toGroup = (maxWorkers, toTestMatch) => ({
  ...config,
  rootDir: rootFolder,
  maxWorkers,
  projects: config.projects.map(project => ({
    ...project,
    rootDir: project.rootDir.replace('<rootDir>', rootFolder),
    testMatch: toTestMatch(project),
  })),
});

/** The configurations of Jest for two runs that together have each test once. */
export const testGroups = {
  waiting: toGroup(Math.floor(waitingTestsPerProcessor * availableParallelism()), ({ testMatch }) => [
    ...testMatch,
    ...busyTests.map(glob => `!${glob}`),
  ]),
  busy: toGroup(availableParallelism(), () => busyTests),
};

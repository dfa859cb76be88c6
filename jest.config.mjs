import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('.', import.meta.url));

// Packages whose modules are loaded only when they are used: a test that starts a backend needs 600 of 2,700. The index of the test utils
// is excluded: it loads modules that add hooks, and those must be added before the tests run.
const loadedOnUse = '@backstage/(?!backend-test-utils/dist/index).+\\.cjs\\.js$';

const transform = {
  [`/${loadedOnUse}`]: `${root}tools/loadOnUse.mjs`,
  '^.+\\.m?[jt]s$': [
    '@swc/jest',
    {
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
      module: { type: 'commonjs' },
      sourceMaps: 'inline',
    },
  ],
};

// Packages that are only ES modules, which Jest has to convert to CommonJS.
const esModules = ['agent-base', 'https?-proxy-agent', 'proxy-agent-negotiate', 'jose'];

// Tests use the sources of the packages, so that they see a change without a build.
const moduleNameMapper = {
  '^@greenroom/(cache-[a-z]+)$': `${root}packages/$1/src/index.ts`,
  '^@greenroom/cache-core/(connection|testing)$': `${root}packages/cache-core/src/$1/index.ts`,
  '^@greenroom/redis-common/testing$': `${root}internal/redis-common/src/testSupport/index.ts`,
  '^@greenroom/redis-common$': `${root}internal/redis-common/src/index.ts`,
};

// The servers that the tests of a project share, as a file in internal/test-servers/src/jest/globalSetup. Other projects start their own.
const sharedServers = {
  'cache-redis': 'redis',
  'cache-valkey': 'valkey',
  'cache-memcache': 'memcached',
  'cache-backstage': 'all',
  'cache-cli': 'all',
  'test-servers': 'all',
  trials: 'all',
};

/**
 * Globals that Jest passes to each module like `require`. It looks up any other global in the context of the test file, with a call into
 * Node each time, which takes a tenth to a third of the time of a test that computes. The list cannot have globals that fake timers
 * replace, nor those that many packages declare themselves: `Buffer`, `process`, `Error`. A module that declares a listed one fails to
 * load, with a SyntaxError.
 */
const sandboxInjectedGlobals = ['Array', 'JSON', 'Map', 'Math', 'Number', 'Object', 'Promise', 'Set', 'String'];

const jestFolder = `${root}internal/test-servers/src/jest`;

/** All packages in this folder, published or not. A package without tests does no harm. */
const projectsIn = parent =>
  readdirSync(join(root, parent))
    .filter(name => existsSync(join(root, parent, name, 'package.json')))
    .map(name => project(name, join(root, parent, name)));

const project = (displayName, rootDir) => ({
  displayName,
  rootDir,
  testEnvironment: 'node',
  testRunner: `${root}tools/testRunner.mjs`,
  testMatch: ['<rootDir>/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/create-cache-driver/template/'],
  transform,
  transformIgnorePatterns: [`/node_modules/(?!(?:.*/)?(?:(?:${esModules.join('|')})/|${loadedOnUse}))`],
  moduleNameMapper,
  sandboxInjectedGlobals,
  ...(displayName in sharedServers && {
    globalSetup: `${jestFolder}/globalSetup/${sharedServers[displayName]}.ts`,
    globalTeardown: `${jestFolder}/jestGlobalTeardown.ts`,
  }),
});

/** @type {import('jest').Config} */
export default {
  projects: ['packages', 'internal', 'examples', '.'].flatMap(projectsIn),
  testSequencer: '<rootDir>/tools/longestFirst.mjs',
  reporters: ['default', '<rootDir>/tools/summaryReporter.mjs'],
  coverageProvider: 'v8',
  // The timeout is only for tests that hang. Tests assert what has to be quick, and a slow machine must not fail them. Jest reads it only
  // here, not from a project.
  testTimeout: 180_000,
  // Tests that wait for servers leave the processor to others, so there is a worker for each processor.
  maxWorkers: '100%',
  // Memory that earlier test files leave makes garbage collection slow, and so bursts of operations, so workers are restarted.
  workerIdleMemoryLimit: '512MB',
  // After a long reply redis-parser, which iovalkey uses, shrinks its buffer with a timer that keeps a process alive for up to 3 s. Jest
  // would kill a worker after half a second. A worker that never ends is still reported.
  workerGracefulExitTimeout: 10_000,
};

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('.', import.meta.url));

// Packages of which modules are loaded when they are used: a test that starts a backend needs 600 of 2,700.
// The index of the test utils is none: what it loads adds hooks, which has to be done before the tests run.
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

// Packages without a CommonJS form, which Jest has to be given one for.
const esModules = ['agent-base', 'https?-proxy-agent', 'proxy-agent-negotiate', 'jose'];

// Tests run against the sources of the packages, so that a change needs no build to be tested.
const moduleNameMapper = {
  '^@greenroom/(cache-[a-z]+)$': `${root}packages/$1/src/index.ts`,
  '^@greenroom/cache-core/(connection|testing)$': `${root}packages/cache-core/src/$1/index.ts`,
  '^@greenroom/redis-common/testing$': `${root}internal/redis-common/src/testSupport/index.ts`,
  '^@greenroom/redis-common$': `${root}internal/redis-common/src/index.ts`,
};

// The servers that the tests of a project share: a file of internal/test-servers/src/jest/globalSetup. Others start their own.
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
 * What Jest hands to each module as it does `require`. Anything else it looks up in the context of the test file, by a call into Node
 * each time, which takes a tenth to a third of the time of a test that computes. What fake timers replace cannot be here, nor what many
 * packages declare for themselves: `Buffer`, `process`, `Error`. One that declares any of these fails to load, with a SyntaxError.
 */
const sandboxInjectedGlobals = ['Array', 'JSON', 'Map', 'Math', 'Number', 'Object', 'Promise', 'Set', 'String'];

const jestFolder = `${root}internal/test-servers/src/jest`;

/** Each package that stands in this folder, published or not. One without tests has none to run. */
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
  // Against tests that hang. What has to be quick is asserted, and a slow machine is no reason to fail. Jest reads it here alone, and not from a project.
  testTimeout: 180_000,
  // Tests that wait for servers leave the processor to others.
  maxWorkers: '100%',
  // What earlier test files have left makes garbage collection slow, and with it bursts of operations.
  workerIdleMemoryLimit: '512MB',
  // After a long reply redis-parser, which iovalkey uses, shrinks its buffer by a timer of its own, which keeps a process from exiting
  // for up to 3 s. Jest would kill a worker after half a second. What never ends is still told.
  workerGracefulExitTimeout: 10_000,
};

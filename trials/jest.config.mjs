import config from '../jest.config.mjs';

const trials = config.projects.find(({ displayName }) => displayName === 'trials');

/** The configuration of `pnpm trials`, whose tests are too slow for `npm test` and need a package registry. */
export default {
  ...config,
  rootDir: '..',
  projects: [{ ...trials, testMatch: ['<rootDir>/*.trial.ts'] }],
  testTimeout: 60_000,
};

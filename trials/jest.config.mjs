import config from '../jest.config.mjs';

const trials = config.projects.find(({ displayName }) => displayName === 'trials');

/** What `pnpm trials` runs: too slow, and too much in need of a registry, for `npm test`. */
export default {
  ...config,
  rootDir: '..',
  projects: [{ ...trials, testMatch: ['<rootDir>/*.trial.ts'] }],
  testTimeout: 60_000,
};

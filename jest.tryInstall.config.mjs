import config from './jest.config.mjs';

const tools = config.projects.find(({ displayName }) => displayName === 'tools');

/** What `pnpm try-install` runs: too slow, and too much in need of a registry, for `npm test`. */
export default {
  ...config,
  projects: [{ ...tools, testMatch: ['<rootDir>/tryInstall/*.trial.ts'] }],
  testTimeout: 60_000,
};

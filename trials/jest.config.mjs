import config from '../jest.config.mjs';

const tools = config.projects.find(({ displayName }) => displayName === 'tools');
const trials = { ...tools, displayName: 'trials', rootDir: '<rootDir>/trials', testMatch: ['<rootDir>/*.trial.ts'] };

/** What `pnpm trials` runs: too slow, and too much in need of a registry, for `npm test`. */
export default { ...config, rootDir: '..', projects: [trials], testTimeout: 60_000 };

const project = {
  testEnvironment: 'node',
  transform: { '^.+\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' } }] },
};

// One after another the outage cases take 80 s, nearly all of it waiting. So they run in three processes.
const parts = 3;
const partsOfOutages = Array.from({ length: parts }, (_, part) => ({
  ...project,
  displayName: `outages ${part + 1} of ${parts}`,
  testMatch: ['<rootDir>/src/**/*.outages.test.ts'],
  globals: { part, parts },
}));
const others = {
  ...project,
  displayName: 'driver',
  testMatch: ['<rootDir>/src/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '\\.outages\\.test\\.ts$'],
};

export default { projects: [others, ...partsOfOutages], maxWorkers: parts + 1 };

import js from '@eslint/js';
import globals from 'globals';
import tseslint from 'typescript-eslint';

const testFiles = ['**/*.test.ts', '**/testSupport/**'];

// Who may import whom. What a package may depend on at all is a test: tools/packages.test.ts.
const otherFolders = {
  regex: '^\\.\\./(.*/)?(cache-[a-z]+|packages|internal|examples|tools)/',
  message: 'Import a package by its name, never by the way to its folder',
};
const testParts = {
  regex: '^(@greenroom/test-servers|@greenroom/cache-core/testing|\\..*/testing|\\..*/testSupport)(/|$)',
  message: 'What is published imports nothing that is there for tests',
};
const notInCore = { regex: '^(?!\\.|node:)', message: 'cache-core imports nothing outside node:*' };
const notInDrivers = {
  regex: '^(@backstage/|@greenroom/(?!(cache-core|resp|test-servers)(/|$)))',
  message: 'A driver imports neither Backstage nor another driver',
};
const notInAdapter = {
  regex: '^@greenroom/(?!cache-(core|memory)$)',
  message: 'The adapter loads a driver by import(), and only when it is chosen',
};

function restrictImports(...patterns) {
  return { 'no-restricted-imports': ['error', { patterns }] };
}

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '**/.turbo/**', 'coverage/**'] },
  js.configs.recommended,
  {
    files: ['**/*.mjs', '**/*.js'],
    languageOptions: { globals: globals.node },
  },
  {
    files: ['**/*.ts'],
    ignores: ['**/tsup.config.ts', 'tsup.base.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      // A driver that answers at once is async all the same: its throw must be a rejection.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/prefer-promise-reject-errors': ['error', { allowThrowingUnknown: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  // A package is one of three kinds, and what is under `packages/` and neither core nor the adapter is a driver.
  {
    files: ['packages/cache-backstage/src/**/*.ts'],
    rules: restrictImports(otherFolders),
  },
  {
    files: ['packages/*/src/**/*.ts', 'internal/*/src/**/*.ts'],
    ignores: ['packages/cache-backstage/**'],
    rules: restrictImports(otherFolders, notInDrivers),
  },
  {
    files: ['packages/*/src/**/*.ts', 'internal/*/src/**/*.ts'],
    ignores: ['packages/cache-backstage/**', ...testFiles],
    rules: restrictImports(otherFolders, notInDrivers, testParts),
  },
  {
    files: ['packages/cache-core/src/**/*.ts'],
    ignores: testFiles,
    rules: restrictImports(otherFolders, notInCore, testParts),
  },
  {
    files: ['packages/cache-core/src/testing/**/*.ts'],
    ignores: testFiles,
    rules: restrictImports(otherFolders, notInCore),
  },
  {
    files: ['packages/cache-backstage/src/**/*.ts'],
    ignores: testFiles,
    rules: restrictImports(otherFolders, notInAdapter, testParts),
  },
  {
    files: ['examples/*/public/*.js'],
    languageOptions: { globals: globals.browser },
  },
  {
    // The router of Express takes async handlers: express-promise-router answers their rejections.
    files: ['examples/*/src/**/*.ts'],
    rules: { '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }] },
  },
  {
    files: ['**/*.test.ts', 'internal/resp/src/testSupport/*.ts'],
    rules: {
      // The matchers of Jest are of type any.
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
);

import { toNextSteps } from './toNextSteps';

it.each([
  ['npm/11.4.2 node/v20.20.2 linux x64 workspaces/false', ['npm install', 'npm test']],
  ['pnpm/12.21.0 npm/? node/v20.20.2 linux x64', ['pnpm install', 'pnpm test']],
  ['yarn/4.9.2 npm/? node/v20.20.2 linux x64', ['yarn install', 'yarn test']],
  ['bun/1.2.0 npm/? node/v24.3.0 linux x64', ['bun install', 'bun run test']],
  [undefined, ['npm install', 'npm test']],
])('the next steps use the commands of the package manager: %s', (userAgent, commands) => {
  const lines = toNextSteps('acme', 'acme-cache-driver', userAgent).split('\n');
  expect(lines.filter(line => line.startsWith('  '))).toEqual(
    ['cd acme-cache-driver', ...commands].map(command => `  ${command}`),
  );
});

it('the next steps quote a folder name that contains a space', () => {
  expect(toNextSteps('acme', 'my drivers/acme')).toContain('  cd "my drivers/acme"\n');
});

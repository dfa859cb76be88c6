/**
 * What to do with a package that was just made.
 *
 * @param userAgent - How the package manager that runs this program names itself: `npm_config_user_agent`.
 */
export function toNextSteps(store: string, folder: string, userAgent = ''): string {
  const [manager] = /^(pnpm|yarn|bun)(?=\/)/.exec(userAgent) ?? ['npm'];
  const run = manager === 'bun' ? 'bun run test' : `${manager} test`;
  const place = /[^\w@./\\:-]/.test(folder) ? JSON.stringify(folder) : folder;
  return [
    `${folder} has a driver for a server called ${store}, and such a server for its tests. Next:`,
    '',
    ...[`cd ${place}`, `${manager} install`, run].map(command => `  ${command}`),
    '',
    'When the tests are green, put your client in: README.md says where.',
  ].join('\n');
}

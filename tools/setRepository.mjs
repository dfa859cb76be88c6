import { fillRepository } from './fillRepository.mjs';
import { toRepositoryUrl } from './repository.mjs';

const [address, ...others] = process.argv.slice(2);
try {
  if (!address || others.length > 0) {
    throw new Error('Usage: pnpm set-repository <address>, or pnpm set-repository none');
  }
  const changed = fillRepository(address === 'none' ? '' : toRepositoryUrl(address));
  console.log(changed.length > 0 ? `Changed:\n${changed.join('\n')}` : 'Nothing to change.');
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

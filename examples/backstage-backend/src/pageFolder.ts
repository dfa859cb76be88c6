import { fileURLToPath } from 'node:url';

/** The folder of the page. In a file of its own so that tests can replace it: Jest has no `import.meta`. */
export const pageFolder = fileURLToPath(new URL('../public', import.meta.url));

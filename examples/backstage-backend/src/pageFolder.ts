import { fileURLToPath } from 'node:url';

/** The folder of the page. It has its own file so that tests can replace it, as Jest has no `import.meta`. */
export const pageFolder = fileURLToPath(new URL('../public', import.meta.url));

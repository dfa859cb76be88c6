import { fileURLToPath } from 'node:url';

/** Where the files of the page are. In a file of its own, as Jest does not know where a module is. */
export const pageFolder = fileURLToPath(new URL('../public', import.meta.url));

import { openSubject } from '../../guarantees/openSubject';
import type { OpenSubject } from '../openSubject';

/** The cache of `@backstage/backend-defaults`, in a backend as plugins see it. */
export const openBuiltIn: OpenSubject = (store, { connection }) => {
  const opened = openSubject('built-in', store, connection);
  return { cacheOf: pluginId => opened.forPlugin(pluginId) };
};

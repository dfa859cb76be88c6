/** A line names at most this many servers. */
const MAX_SERVERS = 3;

/** How a line about a store begins. */
export type StoreSubject = (store: string, rest: string) => string;

/**
 * Returns `Cache store redis at localhost:6379`, so that every line says which server it is about. The servers are left out when the rest
 * of the line names one of them: in a cluster, that is the one the line is about.
 */
export function createStoreSubject(listServers: () => readonly string[]): StoreSubject {
  let isListing = false;
  // A driver that fails to list its servers causes a log line of its own, which must not ask for the servers again.
  const list = () => {
    if (isListing) return [];
    isListing = true;
    try {
      return listServers();
    } finally {
      isListing = false;
    }
  };
  return (store, rest) => {
    const servers = list();
    if (servers.length === 0 || servers.some(server => rest.includes(server))) return `Cache store ${store}`;
    const shown = servers.slice(0, MAX_SERVERS).join(', ');
    const others = servers.length - MAX_SERVERS;
    return `Cache store ${store} at ${shown}${others > 0 ? ` and ${others} more` : ''}`;
  };
}

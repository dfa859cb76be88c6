/** Servers that a line names at most. */
const MAX_SERVERS = 3;

/** How a line about a store begins. */
export type StoreSubject = (store: string, rest: string) => string;

/**
 * `Cache store redis at localhost:6379`, so that every line tells which server it is about. Without the servers when the rest of the line
 * names one of them: in a cluster it is that one.
 */
export function createStoreSubject(listServers: () => readonly string[]): StoreSubject {
  let isListing = false;
  // A driver that cannot tell its servers causes a line, which must not ask it again.
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

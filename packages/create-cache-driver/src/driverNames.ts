/** How the name of a store is written in a package: `my-store`, `myStore` and `MyStore`. */
export interface DriverNames {
  readonly store: string;
  readonly camel: string;
  readonly pascal: string;
}

const MAX_LENGTH = 64;

/** Stores that exist, and options of every store: a driver has its name and its section beside them in `backend.cache`. */
const taken = [
  ...['memory', 'redis', 'valkey', 'memcache', 'infinispan'],
  ...['store', 'driver', 'connection', 'plugin', 'encryption', 'near'],
];

/** Throws when a store cannot have the name. */
export function toDriverNames(store: string): DriverNames {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(store) || store.length > MAX_LENGTH) {
    throw new Error(
      `A store cannot be called ${JSON.stringify(store)}: use up to ${MAX_LENGTH} small letters, digits and single hyphens, such as my-store`,
    );
  }
  if (taken.includes(store)) throw new Error(`A store cannot be called ${store}: backend.cache has that name already`);
  const pascal = store.replace(/(?:^|-)(.)/g, (_, first: string) => first.toUpperCase());
  return { store, camel: pascal.charAt(0).toLowerCase() + pascal.slice(1), pascal };
}

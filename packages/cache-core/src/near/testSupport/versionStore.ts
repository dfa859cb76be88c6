/** A value that the store has held under a key for some time. */
interface Version {
  readonly number: number;
  readonly key: string;
  readonly text: string;
  /** Number of changes of the store up to and including this one. */
  readonly change: number;
  readonly bornMs: number;
  /** When it expires in the store. */
  readonly untilMs: number;
  /** When it was replaced, deleted or evicted. */
  goneMs: number;
}

/** A store that remembers all values it has ever held. Each value has its own number, such as `{"version":7}`. */
export interface VersionStore {
  readonly changes: number;
  readonly versions: ReadonlyMap<number, Version>;
  get(key: string): string | undefined;
  set(key: string, text: string, ttlMs?: number): void;
  delete(key: string): void;
  keys(): string[];
}

export function createVersionStore(now: () => number): VersionStore {
  const present = new Map<string, Version>();
  const versions = new Map<number, Version>();
  let changes = 0;

  function end(key: string): void {
    const version = present.get(key);
    if (version) version.goneMs = now();
    present.delete(key);
  }

  return {
    get changes() {
      return changes;
    },
    versions,
    get(key) {
      const version = present.get(key);
      return version && version.untilMs > now() ? version.text : undefined;
    },
    set(key, text, ttlMs = Infinity) {
      end(key);
      const number = Number(/"version":(\d+)/.exec(text)?.[1]);
      const times = { bornMs: now(), untilMs: now() + ttlMs, goneMs: Infinity };
      const version = { number, key, text, change: ++changes, ...times };
      present.set(key, version);
      versions.set(number, version);
    },
    delete(key) {
      changes++;
      end(key);
    },
    keys: () => [...present.keys()],
  };
}

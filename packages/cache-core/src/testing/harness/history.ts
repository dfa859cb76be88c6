/** The latest operations on each key, for the message of a case that fails. */
export interface History {
  /** Records that something is being done to a key now. */
  note(key: string, what: string): void;
  /** The operations on a key in words, each with its age. */
  of(key: string): string;
}

/** Operations that are kept for each key. */
const MAX_NOTES = 4;
const MAX_SHOWN = 60;

/** Creates an empty history. */
export function createHistory(): History {
  const notes = new Map<string, { readonly what: string; readonly atMs: number }[]>();
  return {
    note(key, what) {
      const ofKey = notes.get(key) ?? [];
      ofKey.push({ what, atMs: performance.now() });
      if (ofKey.length > MAX_NOTES) ofKey.shift();
      notes.set(key, ofKey);
    },
    of(key) {
      const nowMs = performance.now();
      const told = (notes.get(key) ?? []).map(({ what, atMs }) => `${what} ${Math.round(nowMs - atMs)} ms ago`);
      return told.length === 0 ? 'nothing was done to this key before' : `before that: ${told.join(', ')}`;
    },
  };
}

/** Describes a set, for {@link History.note}. */
export function toSetNote(value: unknown, ttlMs: unknown): string {
  return `set to ${show(value)} with ${ttlMs === undefined ? 'no ttl' : `a ttl of ${show(ttlMs)} ms`}`;
}

/** Describes an add, for {@link History.note}. */
export function toAddNote(value: unknown, ttlMs: number): string {
  return `added as ${show(value)} with a ttl of ${ttlMs} ms`;
}

/** A value for a message: its JSON, cut after 60 characters. */
export function show(value: unknown): string {
  const text = value === undefined ? 'undefined' : (JSON.stringify(value) ?? typeof value);
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}... (${text.length} characters)`;
}

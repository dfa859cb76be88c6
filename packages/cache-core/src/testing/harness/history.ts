/** The latest operations on each key, for the message of a case that fails. */
export interface History {
  /** Records that something is being done to a key now. A function for `what` is only called when the text is needed. */
  note(key: string, what: string | (() => string)): void;
  /** The operations on a key in words, each with its age. */
  of(key: string): string;
}

/** Number of operations that are kept for each key. */
const MAX_NOTES = 4;
const MAX_SHOWN = 60;

/** Creates an empty history. */
export function createHistory(): History {
  const notes = new Map<string, { readonly what: string | (() => string); readonly atMs: number }[]>();
  return {
    note(key, what) {
      const ofKey = notes.get(key) ?? [];
      ofKey.push({ what, atMs: performance.now() });
      if (ofKey.length > MAX_NOTES) ofKey.shift();
      notes.set(key, ofKey);
    },
    of(key) {
      const nowMs = performance.now();
      const told = (notes.get(key) ?? []).map(
        ({ what, atMs }) => `${typeof what === 'string' ? what : what()} ${Math.round(nowMs - atMs)} ms ago`,
      );
      return told.length === 0 ? 'nothing was done to this key before' : `before that: ${told.join(', ')}`;
    },
  };
}

/** Describes a set, for {@link History.note}. */
export function toSetNote(value: unknown, ttlMs: unknown): () => string {
  const showValue = toShow(value);
  return () => `set to ${showValue()} with ${ttlMs === undefined ? 'no ttl' : `a ttl of ${show(ttlMs)} ms`}`;
}

/** Describes an add, for {@link History.note}. */
export function toAddNote(value: string, ttlMs: number): () => string {
  return () => `added as ${show(value)} with a ttl of ${ttlMs} ms`;
}

/** Most values are strings; the text is made only when needed, as some are long. Other values may change until then. */
function toShow(value: unknown): () => string {
  if (typeof value === 'string') return () => show(value);
  const shown = show(value);
  return () => shown;
}

/** A value for a message: its JSON, cut after 60 characters. */
export function show(value: unknown): string {
  const text = value === undefined ? 'undefined' : (JSON.stringify(value) ?? typeof value);
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}... (${text.length} characters)`;
}

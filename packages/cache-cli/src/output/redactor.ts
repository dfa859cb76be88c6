/** Removes secrets from everything that is printed. This is the last line of defence: messages should have no secret anyway. */
export interface Redactor {
  /** Hides this text from now on. */
  add(secret: string): void;
  redact(text: string): string;
}

/** A shorter secret would remove parts of ordinary words. */
const MIN_LENGTH = 4;

export function createRedactor(): Redactor {
  const secrets = new Set<string>();
  return {
    add(secret) {
      if (secret.length >= MIN_LENGTH) secrets.add(secret);
    },
    redact(text) {
      let result = text;
      // The longest secrets first, as one may contain another.
      for (const secret of [...secrets].sort((a, b) => b.length - a.length)) result = result.replaceAll(secret, '***');
      return result;
    },
  };
}

/** Takes secrets out of all that is printed: the last line of defence, since no message should have one. */
export interface Redactor {
  /** Hides this text from now on. */
  add(secret: string): void;
  redact(text: string): string;
}

/** A shorter one would take parts out of ordinary words. */
const MIN_LENGTH = 4;

export function createRedactor(): Redactor {
  const secrets = new Set<string>();
  return {
    add(secret) {
      if (secret.length >= MIN_LENGTH) secrets.add(secret);
    },
    redact(text) {
      let result = text;
      // The longest first: one may be a part of another.
      for (const secret of [...secrets].sort((a, b) => b.length - a.length)) result = result.replaceAll(secret, '***');
      return result;
    },
  };
}

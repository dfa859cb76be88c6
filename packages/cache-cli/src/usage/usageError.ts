/** Wrong usage of the program. The message names the option and the fix, and shows nothing that may be a secret. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

import type { CacheError } from '@greenroom/cache-core';

/** What is known of a failed command besides its error. */
export interface ServerFailure {
  /** The error reply of the server, if it sent one. It can repeat what was sent, even a password. */
  readonly reply?: string;
  /** Whether the connection ended without a reply, perhaps because of the command. */
  readonly isLost?: boolean;
  /** The keys of the command, when its reply was too large. */
  readonly largeKeys?: readonly string[];
}

/** Only `failureOf` leads from an error to its entry, so no logger shows what the server sent. */
const failures = new WeakMap<object, ServerFailure>();

/** Remembers the failure beside the error of a command, and returns the error. */
export function withFailure(error: CacheError, failure: ServerFailure): CacheError {
  failures.set(error, failure);
  return error;
}

/** Returns what is known besides the error; an empty object for errors that are not of a command that was sent. */
export function failureOf(error: unknown): ServerFailure {
  return (error instanceof Error && failures.get(error)) || {};
}

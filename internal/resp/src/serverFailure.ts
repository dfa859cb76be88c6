import type { ServerPlace } from './serverPlace';

/** What a client failed with, and where. Its message is that of the cause, in which redirections are. */
export interface ServerFailure extends Error {
  readonly name: 'ServerFailure';
  readonly place: ServerPlace;
}

/** Stays inside of the driver: an error of a client library can hold what was sent. */
export function createServerFailure(cause: unknown, place: ServerPlace): ServerFailure {
  const message = cause instanceof Error ? cause.message : 'unknown';
  return Object.assign(new Error(message, { cause }), { name: 'ServerFailure' as const, place });
}

export function isServerFailure(error: unknown): error is ServerFailure {
  return error instanceof Error && error.name === 'ServerFailure' && 'place' in error;
}

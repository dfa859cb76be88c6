import type { ServerPlace } from './serverPlace';

/** An error of a client, with its place. It keeps the message of the cause, from which redirections are read. */
export interface ServerFailure extends Error {
  readonly name: 'ServerFailure';
  readonly place: ServerPlace;
}

/** For use inside the driver only: an error of a client library can hold what was sent. */
export function createServerFailure(cause: unknown, place: ServerPlace): ServerFailure {
  const message = cause instanceof Error ? cause.message : 'unknown';
  return Object.assign(new Error(message, { cause }), { name: 'ServerFailure' as const, place });
}

export function isServerFailure(error: unknown): error is ServerFailure {
  return error instanceof Error && error.name === 'ServerFailure' && 'place' in error;
}

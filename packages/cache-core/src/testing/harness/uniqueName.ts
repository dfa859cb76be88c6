import { randomBytes } from 'node:crypto';

/** A name that no other case and no other run uses. It is valid as a plugin id and as a key. */
export function uniqueName(): string {
  return `case-${randomBytes(8).toString('hex')}`;
}

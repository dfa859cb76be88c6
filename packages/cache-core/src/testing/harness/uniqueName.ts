import { randomBytes } from 'node:crypto';

/** A text that no other case and no other run uses. It can be a plugin id and a key. */
export function uniqueName(): string {
  return `case-${randomBytes(8).toString('hex')}`;
}

import type { Store } from './openSubject';
import type { LimitProgram, Subject } from './subject';

/** Names of the stores, as the page shows them. */
export const storeTitles: Readonly<Record<Store, string>> = {
  redis: 'Redis',
  valkey: 'Valkey',
  memcache: 'Memcached',
  memory: 'Memory',
  none: 'No store',
};

const subjectTitles: Readonly<Partial<Record<Subject | LimitProgram, string>>> = {
  greenroom: 'Greenroom',
  'greenroom, near': 'Greenroom, near cache',
  redis: 'bare redis',
  iovalkey: 'bare iovalkey',
  memcached: 'bare memcached',
  Map: 'Map of JSON text',
};

/** Name of a subject, as the page shows it. A package that is itself a cache is shown by its own name. */
export function toTitle(subject: Subject | LimitProgram): string {
  return subjectTitles[subject] ?? subject;
}

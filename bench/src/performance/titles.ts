import type { Store } from './openSubject';
import type { LimitProgram, Subject } from './subject';

/** Of the stores, for people. */
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

/** Of what is measured; packages that are a cache themselves have their own name. */
export function toTitle(subject: Subject | LimitProgram): string {
  return subjectTitles[subject] ?? subject;
}

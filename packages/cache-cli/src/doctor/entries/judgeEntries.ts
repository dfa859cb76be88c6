import { clean } from '../link/endpoint';
import type { Findings } from '../report/findings';
import type { Sample, SampledEntry } from './sample';
import { isBuiltInKey, isEnvelope, isIndexKey, isStoredKey, isStoredText } from './storedForm';

/** Sorts a sample by who has written the entries: Greenroom, Backstage's built-in cache, or others. */
export function sortEntries(entries: readonly SampledEntry[], prefix: string, isPartial: boolean): Sample {
  const own = entries.filter(({ key }) => key.startsWith(prefix));
  const leftovers = entries.filter(isLeftover);
  const isForeign = ({ key, text, isOtherType }: SampledEntry) =>
    isOtherType === true || !isStoredKey(key.slice(prefix.length)) || (text !== undefined && !isStoredText(text));
  const known = own.filter(({ expires }) => expires !== undefined);
  return {
    own: own.length,
    withKnownExpiry: known.length,
    withoutExpiry: known.filter(({ expires }) => !expires).length,
    foreign: own.filter(entry => !leftovers.includes(entry) && isForeign(entry)).map(({ key }) => key),
    leftovers: leftovers.map(({ key }) => key),
    isPartial,
  };
}

function isLeftover({ key, text, isOtherType }: SampledEntry): boolean {
  if (isOtherType === true) return isIndexKey(key);
  return text !== undefined && isBuiltInKey(key) && isEnvelope(text);
}

const FEW = 20;

/** Adds findings about a sample. */
export function addEntryFindings(
  findings: Findings,
  server: string,
  sample: Sample,
  {
    prefix,
    hasDefaultTtl,
    evictsAll,
  }: { readonly prefix: string; readonly hasDefaultTtl: boolean; readonly evictsAll: boolean },
): void {
  const { foreign, leftovers, own, withoutExpiry, withKnownExpiry, isPartial } = sample;
  const among = `${own} keys${isPartial ? ' of a sample' : ''}`;
  if (foreign.length > 0) {
    findings.add({
      ...{ id: 'namespace.shared', severity: 'warning', server },
      title:
        prefix === '' ? 'Others write to this database, too' : 'Others write under the keys of this namespace, too',
      detail:
        `${foreign.length} of ${among}${prefix === '' ? '' : ` that begin with '${prefix}'`} are of a form or type that Greenroom never writes, such as '${shown(foreign)}'. ` +
        'Both sides can overwrite and evict what the other one needs, and clearing a plugin removes whatever begins with its name.',
      fix: 'Give each application its own client.namespace, of which none begins with another one and the separator, or its own server.',
    });
  }
  if (leftovers.length > 0) {
    findings.add({
      ...{ id: 'leftovers', severity: 'warning', server, title: "There are entries of Backstage's built-in cache" },
      detail: `${leftovers.length}${isPartial ? ' in a sample' : ''} were found, such as '${shown(leftovers)}'. Nobody reads them any more, and those without an expiry stay for ever.`,
      fix: 'Remove them, as docs/migration.md says: "What the built-in cache left".',
    });
  }
  if (withoutExpiry >= FEW && withoutExpiry > withKnownExpiry / 4) {
    const isRisk = !evictsAll && !hasDefaultTtl;
    findings.add({
      ...{ id: 'ttl.missing', severity: isRisk ? 'warning' : 'info', server, title: 'Many entries never expire' },
      detail:
        `${withoutExpiry} of ${withKnownExpiry} entries${isPartial ? ' of a sample' : ''} have no expiry` +
        (evictsAll
          ? ', so they stay until the server needs the room.'
          : ', and the server does not evict them: they stay for ever.'),
      fix: hasDefaultTtl
        ? 'They were written before defaultTtl was set, or with an endless ttl, which maxTtl bounds: clear the plugin once (greenroom-cache clear).'
        : 'Set backend.cache.defaultTtl, and maxmemory-policy allkeys-lru at the server.',
    });
  }
}

/** Shows only the beginning of a key, which names its owner: the rest can be about a person. */
function shown(keys: readonly string[]): string {
  const key = clean(keys[0] ?? '');
  return key.length > 40 ? `${key.slice(0, 40)}...` : key;
}

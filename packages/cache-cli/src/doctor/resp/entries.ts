import { toGlobPattern } from '@greenroom/redis-common';
import { addEntryFindings, sortEntries } from '../entries/judgeEntries';
import type { SampledEntry } from '../entries/sample';
import { isBuiltInKey, isDoctorKey, isIndexKey } from '../entries/storedForm';
import { isRefusal, listOf, textOf } from '../link/reply';
import type { Answer } from '../link/respLink';
import type { Examination, RespServer } from './examination';
import { whyNot } from './facts';
import type { Facts, WhyNot } from './facts';
import { missingRightOf, wordOf } from './refusals';

const COUNT = '500';
const MAX_KEYS = 1000;
const MAX_PAGES = 20;
/** Largest number of keys whose value and expiry are read. */
const MAX_READ = 120;
/** Values above this size are not read. */
const MAX_BYTES = 64 * 1024;

/** Checks a sample of the entries: who has written them, and whether they expire. */
export async function checkEntries(server: RespServer, facts: Facts, examination: Examination): Promise<void> {
  const { prefix, findings, hasDefaultTtl } = examination;
  const [own, others] = await Promise.all([
    scan(server, prefix, examination),
    // The built-in cache may have had another prefix, or none.
    prefix === '' ? { keys: [], isPartial: false } : scan(server, '', examination),
  ]);
  const old = others.keys.filter(key => !key.startsWith(prefix) && (isBuiltInKey(key) || isIndexKey(key)));
  const suspects = own.keys.filter(key => isBuiltInKey(key.slice(prefix.length)) || isIndexKey(key));
  const read = new Set([...suspects.slice(0, MAX_READ / 3), ...own.keys].slice(0, MAX_READ));
  const entries: readonly ReadEntry[] = await Promise.all([
    ...own.keys.map(key => (read.has(key) ? readEntry(server, key) : { key })),
    ...old.slice(0, MAX_READ / 3).map(key => readEntry(server, key)),
  ]);
  const expiry = entries.find(({ why }) => why !== undefined)?.why;
  if (expiry)
    findings.notChecked({ ...expiry, server: server.name, command: 'PTTL', about: 'whether entries have an expiry' });
  const policy = facts.info?.get('maxmemory_policy') ?? facts.config?.get('maxmemory-policy') ?? '';
  const isPartial = own.isPartial || own.keys.length > MAX_READ;
  addEntryFindings(findings, server.name, sortEntries(entries, prefix, isPartial), {
    ...{ prefix, hasDefaultTtl, evictsAll: policy.startsWith('allkeys-') && facts.info?.get('maxmemory') !== '0' },
  });
}

async function scan({ session }: RespServer, prefix: string, { deadline }: Examination) {
  const keys = new Set<string>();
  let cursor = '0';
  for (let page = 0; page < MAX_PAGES && keys.size < MAX_KEYS && deadline.left() > 600; page++) {
    const match = prefix === '' ? [] : ['MATCH', toGlobPattern(prefix)];
    const answer = await session.ask('SCAN', cursor, ...match, 'COUNT', COUNT);
    // If a right is missing, another check reports it.
    if ('lost' in answer || isRefusal(answer.reply)) break;
    const [next, found] = listOf(answer.reply);
    for (const key of listOf(found)) if (typeof key === 'string' && !isDoctorKey(key)) keys.add(key);
    cursor = textOf(next);
    if (cursor === '0') break;
  }
  return { keys: [...keys].slice(0, MAX_KEYS), isPartial: cursor !== '0' };
}

type ReadEntry = SampledEntry & { readonly why?: WhyNot };

/** Reads an entry. Asks for its size first, so that a large value is not fetched. */
async function readEntry({ session }: RespServer, key: string): Promise<ReadEntry> {
  const [size, left] = await Promise.all([session.ask('STRLEN', key), session.ask('PTTL', key)]);
  const expiry = toExpiry(left);
  if (isOtherType(size)) return { key, isOtherType: true, ...expiry };
  const bytes = 'reply' in size && typeof size.reply === 'number' ? size.reply : undefined;
  if (bytes !== undefined && (bytes === 0 || bytes > MAX_BYTES)) return { key, ...expiry };
  const value = await session.ask('GET', key);
  if (isOtherType(value)) return { key, isOtherType: true, ...expiry };
  return 'reply' in value && typeof value.reply === 'string'
    ? { key, text: value.reply, ...expiry }
    : { key, ...expiry };
}

function isOtherType(answer: Answer): boolean {
  return 'reply' in answer && isRefusal(answer.reply) && wordOf(answer.reply.refusal) === 'WRONGTYPE';
}

/** Reads a reply to PTTL: -1 means no expiry, -2 no entry. */
function toExpiry(answer: Answer) {
  if ('reply' in answer && typeof answer.reply === 'number') {
    return answer.reply === -2 ? {} : { expires: answer.reply >= 0 };
  }
  // A refusal because of the key says nothing about the command.
  const isOfKey = 'reply' in answer && isRefusal(answer.reply) && missingRightOf(answer.reply.refusal) === 'key';
  return isOfKey ? {} : { why: whyNot(answer, '+pttl') };
}

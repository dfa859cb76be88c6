import { setTimeout as sleep } from 'node:timers/promises';
import { addEntryFindings, sortEntries } from '../entries/judgeEntries';
import type { SampledEntry } from '../entries/sample';
import { isBuiltInKey, isDoctorKey } from '../entries/storedForm';
import { lineOf } from '../link/textLink';
import type { TextAnswer } from '../link/textLink';
import type { MemcachedExamination, MemcachedServer } from './memcachedExamination';

const MAX_KEYS = 1000;
const MAX_READ = 40;
const MAX_ATTEMPTS = 4;
const BUSY_MS = 150;
const MAX_BYTES = 64 * 1024;

interface Listed {
  readonly key: string;
  readonly expires: boolean;
  readonly bytes: number;
}

/** Checks a sample of the entries, which the crawler lists: who has written them, and whether they expire. */
export async function checkListed(server: MemcachedServer, examination: MemcachedExamination): Promise<void> {
  const { findings, hasDefaultTtl } = examination;
  // The crawler lists every size class to its end, so reading stops after the sample.
  const answer = await list(server);
  const listed = 'lines' in answer ? answer.lines.flatMap(toListed).filter(({ key }) => !isDoctorKey(key)) : [];
  if ('lost' in answer || /^(?:ERROR|CLIENT_ERROR|BUSY)/.test(lineOf(answer))) {
    const reason = 'the server, or a proxy before it, does not answer it';
    findings.notChecked({
      server: server.name,
      command: 'lru_crawler metadump',
      about: 'who has written entries, and whether they expire',
      reason,
    });
    return;
  }
  const suspects = listed.filter(({ key, bytes }) => isBuiltInKey(key) && bytes <= MAX_BYTES).slice(0, MAX_READ);
  const others = listed.filter(({ key, bytes }) => !isBuiltInKey(key) && bytes <= MAX_BYTES).slice(0, MAX_READ);
  const read = await readTexts(
    server,
    [...suspects, ...others].map(({ key }) => key),
  );
  const entries: SampledEntry[] = listed.map(({ key, expires }) => {
    const text = read.get(key);
    return { key, expires, ...(text !== undefined && { text }) };
  });
  addEntryFindings(findings, server.name, sortEntries(entries, '', answer.isCut), {
    ...{ prefix: '', hasDefaultTtl, evictsAll: true },
  });
}

/** The server runs one crawl at a time, so a crawl of another client may have to end first. */
async function list(server: MemcachedServer): Promise<TextAnswer> {
  for (let attempt = 1; ; attempt++) {
    const answer = await server.ask('lru_crawler metadump all', MAX_KEYS);
    if (attempt === MAX_ATTEMPTS || !lineOf(answer).startsWith('BUSY')) return answer;
    await sleep(BUSY_MS);
  }
}

function toListed(line: string): readonly Listed[] {
  const [, key, expiry, bytes] = /^key=(\S+) exp=(-?\d+) .*?\bsize=(\d+)/.exec(line) ?? [];
  if (key === undefined) return [];
  return [{ key: decode(key), expires: Number(expiry) > 0, bytes: Number(bytes) }];
}

async function readTexts(server: MemcachedServer, keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const read = new Map<string, string>();
  if (keys.length === 0) return read;
  const answer = await server.ask(`get ${keys.join(' ')}`);
  const reply = 'lines' in answer ? answer.text : '';
  const value = /VALUE (\S+) \d+ (\d+)\r\n/y;
  for (let found = value.exec(reply); found; found = value.exec(reply)) {
    const [, key = '', bytes] = found;
    read.set(key, reply.slice(value.lastIndex, value.lastIndex + Number(bytes)));
    value.lastIndex += Number(bytes) + 2;
  }
  return read;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

import type { FindingId } from '../report/findingIds';
import type { Severity } from '../report/findings';

/** What an error reply means. */
export interface Meaning {
  readonly id: FindingId;
  readonly severity: Severity;
  readonly title: string;
  readonly detail: string;
  readonly fix: string;
}

const error = (id: FindingId, title: string, detail: string, fix: string): Meaning => ({
  ...{ id, severity: 'error', title, detail, fix },
});

const protectedMode = error(
  'auth.protected-mode',
  'The server is in protected mode',
  'It has no password and takes connections of its own machine only (DENIED).',
  'Give it a user with a password, or bind it to a network that only the backend reaches and set protected-mode no.',
);
const wrongPassword = error(
  'auth.failed',
  'The server refuses the user name or the password',
  'The login was refused (WRONGPASS), so every operation of the cache is a miss.',
  'Check both in backend.cache, and percent-encode special characters of a password in a URL. In a cluster or with sentinels they belong under defaults.',
);
const noPassword = error(
  'auth.failed',
  'The server wants a password',
  'No password is configured, and the server takes no command without one (NOAUTH).',
  'Set username and password in backend.cache. Credentials that code gives to the driver are not known here.',
);
const needlessPassword = error(
  'auth.failed',
  'The server has no password and was given one',
  'A password is configured, and the server has none for this user, so it refuses the login.',
  'Remove the password from backend.cache, or set it at the server.',
);
const loading = error(
  'connect.failed',
  'The server is still loading its data',
  'It answers LOADING to everything until it has read its file.',
  'Wait. A cache without persistence starts at once.',
);
const tooOldForUsers = error(
  'auth.failed',
  'The server knows no user names',
  'A user name is configured, and this server takes a password alone, as Redis before 6 does.',
  'Remove the user name from backend.cache, and leave the password.',
);
const full = error(
  'memory.full',
  'The server is out of memory and refuses writes',
  'A write was refused (OOM): the memory is full, and nothing may be evicted.',
  'Set maxmemory-policy to allkeys-lru, or raise maxmemory.',
);
const manyClients = error(
  'clients.nearly-full',
  'The server takes no more clients',
  'It has as many as maxclients allows, and refuses the connection.',
  'Raise maxclients, or find who opens so many: redis-cli CLIENT LIST.',
);

const words: Readonly<Record<string, Meaning>> = {
  DENIED: protectedMode,
  WRONGPASS: wrongPassword,
  NOAUTH: noPassword,
  LOADING: loading,
  OOM: full,
  READONLY: error(
    'server.replica',
    'The server is a replica',
    'It takes no writes (READONLY), so nothing is ever stored.',
    'Use the address of the master, one that follows it, or list the sentinels.',
  ),
  NOREPLICAS: error(
    'server.replica',
    'The server has too few replicas and takes no writes',
    'It refuses writes (NOREPLICAS): min-replicas-to-write asks for more replicas than there are.',
    'Bring the replicas back, or set min-replicas-to-write 0: a cache needs none.',
  ),
  MASTERDOWN: error(
    'server.replica',
    'The server is a replica that has lost its master',
    'It takes neither reads nor writes (MASTERDOWN).',
    'Use the address of the master, one that follows it, or list the sentinels.',
  ),
  MISCONF: error(
    'persistence.rdb',
    'The server cannot save its data and takes no writes',
    'The last snapshot failed, and so it refuses writes (MISCONF).',
    'Switch snapshots off, as a cache needs none (CONFIG SET save ""), or make room on its disk.',
  ),
  BUSY: error(
    'latency.high',
    'The server is busy with a script',
    'It answers BUSY to everything until a script of another client ends.',
    'Find the script, and end it by SCRIPT KILL.',
  ),
  CLUSTERDOWN: error(
    'cluster.down',
    'The cluster says that it is down',
    'Commands are refused (CLUSTERDOWN): a part of the slots has no node, or the nodes do not see each other.',
    'Look at CLUSTER INFO and CLUSTER NODES at each node, and bring back the master that is missing.',
  ),
};

const texts: readonly (readonly [RegExp, Meaning])[] = [
  [/^ERR invalid (?:username-)?password/i, wrongPassword],
  [/^ERR (?:Client sent AUTH, but no password is set|AUTH .*without any password configured)/i, needlessPassword],
  [/^ERR wrong number of arguments for 'auth'/i, tooOldForUsers],
  [/^ERR (?:max number of clients|.*too many (?:clients|connections))/i, manyClients],
];

/** The meaning of an error reply; `undefined` when it is unknown, or about a missing right or an unknown command. */
export function meaningOf(refusal: string): Meaning | undefined {
  return texts.find(([pattern]) => pattern.test(refusal))?.[1] ?? words[wordOf(refusal)];
}

/** The first word of an error reply, the only part that may be shown. */
export function wordOf(refusal: string): string {
  return /^[A-Z]{1,20}(?=\s|$)/.exec(refusal)?.[0] ?? 'ERR';
}

/** Whether the server or a proxy does not know a command. */
export function isUnknownCommand(refusal: string): boolean {
  return /^(?:ERR )?(?:unknown (?:sub)?command|unsupported command|.*not supported|invalid command)/i.test(refusal);
}

/** Whether the user has no right to the command or to the key; `undefined` when the refusal has another reason. */
export function missingRightOf(refusal: string): 'command' | 'key' | undefined {
  if (wordOf(refusal) !== 'NOPERM') return undefined;
  return /\bkeys?\b/i.test(refusal) && !/'[^']*' (?:sub)?command/i.test(refusal) ? 'key' : 'command';
}

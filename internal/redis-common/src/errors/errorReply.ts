import { CacheError } from '@greenroom/cache-core';
import type { CacheErrorCode } from '@greenroom/cache-core';
import type { ServerPlace } from './serverPlace';

/** What an error reply means: the code, the problem of the server, and what to do about it. */
type Meaning = readonly [code: CacheErrorCode, problem: string, remedy?: string];

type MeaningOf = Meaning | ((place: ServerPlace, reply: string) => Meaning);

/** Meanings by the first word of the reply. */
const meaningsOfWords = new Map<string, MeaningOf>([
  ['WRONGPASS', ['CACHE_AUTH', 'refused the user name or the password', 'check them in backend.cache']],
  ['NOAUTH', ['CACHE_AUTH', 'wants a password and was given none', 'set it in backend.cache']],
  ['NOPERM', toMissingPermission],
  [
    'DENIED',
    ['CACHE_AUTH', 'is in protected mode and refuses other hosts', 'give it a password, or turn protected-mode off'],
  ],
  ['READONLY', ['CACHE_READ_ONLY', 'is a replica and takes no writes']],
  ['MISCONF', ['CACHE_READ_ONLY', 'cannot save its data and takes no writes until it can']],
  ['NOREPLICAS', ['CACHE_READ_ONLY', 'has too few replicas and takes no writes']],
  ['LOADING', ['CACHE_UNAVAILABLE', 'is still loading its data']],
  ['MASTERDOWN', ['CACHE_UNAVAILABLE', 'is a replica that has lost its master']],
  ['CLUSTERDOWN', ['CACHE_UNAVAILABLE', 'says that a part of its cluster is down']],
  ['TRYAGAIN', ['CACHE_UNAVAILABLE', 'is moving the keys']],
  ['BUSY', ['CACHE_UNAVAILABLE', 'is busy with a script']],
  ['OOM', ['CACHE_FULL', 'is out of memory', 'raise its maxmemory, or set an eviction policy such as allkeys-lru']],
  ['MOVED', toRedirected],
  ['ASK', toRedirected],
  ['CROSSSLOT', toRedirected],
]);

/** Meanings by the text, for replies whose first word, mostly ERR, says nothing. */
const meaningsOfTexts: readonly (readonly [RegExp, string, MeaningOf])[] = [
  [/^ERR invalid (?:username-)?password/i, 'invalid password', meaningOf('WRONGPASS')],
  [
    /^ERR (?:Client sent AUTH, but no password is set|AUTH .*without any password configured)/i,
    'no password is set',
    [
      'CACHE_AUTH',
      'has no password and was given one',
      'remove the password from backend.cache, or set it on the server',
    ],
  ],
  [
    /^ERR wrong number of arguments for '(?:auth|AUTH)'/,
    'AUTH takes a password alone',
    ['CACHE_AUTH', 'is too old to know user names', 'remove the user name from backend.cache, and leave the password'],
  ],
  [
    /^ERR (?:max number of clients|.*too many (?:clients|connections))/i,
    'max number of clients reached',
    ['CACHE_UNAVAILABLE', 'has too many clients', 'raise its maxclients, or close other connections'],
  ],
  [/^ERR This instance has cluster support disabled/i, 'cluster support disabled', toNoCluster],
  [
    /^ERR SELECT is not allowed in cluster mode/i,
    'SELECT is not allowed',
    ({ store }) => [
      'CACHE_REFUSED',
      'is part of a cluster, which has only database 0',
      `remove the database, and name the nodes in ${toClusterPath(store)}`,
    ],
  ],
  [
    /^ERR (?:DB index is out of range|invalid DB index|.*database.*out of range)/i,
    'DB index is out of range',
    [
      'CACHE_REFUSED',
      'has no database with that number',
      'use a smaller one in backend.cache, or raise databases on the server',
    ],
  ],
  [
    /^(?:ERR )?(?:no upstream host|upstream failure|host is down|connection (?:refused|timed out|reset))/i,
    'no upstream host',
    ['CACHE_UNAVAILABLE', 'is a proxy that reaches no server'],
  ],
  [/^(?:ERR )?unknown (?:sub)?command/i, 'unknown command', toUnknownCommand],
];

/**
 * Maps an error reply of a server. The error shows only the first word of the reply and keeps nothing of it: the rest can repeat what
 * was sent, even a password.
 */
export function fromErrorReply(place: ServerPlace, reply: string): CacheError {
  const word = /^[A-Z]{1,20}(?=\s|$)/.exec(reply)?.[0] ?? 'ERR';
  const [, shown = word, ofText] = meaningsOfTexts.find(([pattern]) => pattern.test(reply)) ?? [];
  const meaning = ofText ?? meaningsOfWords.get(word) ?? toRefused;
  const [code, problem, remedy] = typeof meaning === 'function' ? meaning(place, reply) : meaning;
  const message = `${place.serverName} ${problem} (${shown})`;
  return new CacheError(code, remedy === undefined ? message : `${message}: ${remedy}`);
}

function meaningOf(word: string): MeaningOf {
  return meaningsOfWords.get(word) ?? toRefused;
}

function toRefused({ command = 'the command' }: ServerPlace): Meaning {
  return ['CACHE_REFUSED', `refused ${command}`];
}

function toUnknownCommand({ command = 'a command', store = 'redis' }: ServerPlace): Meaning {
  const problem = `does not know ${command}`;
  if (command.startsWith('SENTINEL')) {
    return ['CACHE_REFUSED', problem, `backend.cache.${store}.sentinel.rootNodes are for sentinels, not for servers`];
  }
  // Every server that stores values knows GET and SET.
  const isSentinel = command === 'GET' || command === 'SET';
  if (!isSentinel) return ['CACHE_REFUSED', problem];
  return ['CACHE_REFUSED', problem, `it may be a sentinel, which belongs in backend.cache.${store}.sentinel.rootNodes`];
}

/** The server names the command as ACL rules do, such as `cluster|slots`. */
function toMissingPermission({ command = '' }: ServerPlace, reply: string): Meaning {
  const named = /'([a-z|_-]{1,40})' command/i.exec(reply)?.[1]?.toLowerCase();
  const right = named ?? command.toLowerCase().replace(' ', '|');
  const shown = named?.replace('|', ' ').toUpperCase() ?? (command || 'the command');
  if (/\bkeys?\b/i.test(reply) && named === undefined) {
    return [
      'CACHE_AUTH',
      `does not let the user of this cache use the keys of ${shown}`,
      "its key patterns, such as ~my-app:*, have to match the namespace's keys",
    ];
  }
  return [
    'CACHE_AUTH',
    `does not let the user of this cache send ${shown}`,
    right === '' ? 'give the user the rights that the README of the store lists' : `give the user the right +${right}`,
  ];
}

function toRedirected({ command = 'the command', store, isClusterNode = false }: ServerPlace): Meaning {
  if (isClusterNode)
    return ['CACHE_UNAVAILABLE', `redirected ${command} more often than maxCommandRedirections allows`];
  return [
    'CACHE_REFUSED',
    'is part of a cluster and is configured as a single server',
    `name the nodes in ${toClusterPath(store)}`,
  ];
}

function toNoCluster({ store = 'redis' }: ServerPlace): Meaning {
  return [
    'CACHE_REFUSED',
    'is not part of a cluster',
    `remove backend.cache.${store}.cluster, and name the server in backend.cache.connection`,
  ];
}

function toClusterPath(store = 'redis'): string {
  return `backend.cache.${store}.cluster.rootNodes`;
}

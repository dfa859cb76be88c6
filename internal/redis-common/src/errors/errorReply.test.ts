import { fromErrorReply } from './errorReply';

const place = { serverName: 'Redis at localhost:6379', command: 'GET', store: 'redis' };

describe('an error reply', () => {
  it('shows at most its error code', () => {
    const reply = "ERR unknown argument 'AUTH', with args beginning with: 'hunter2'";
    expect(fromErrorReply(place, reply)).toMatchObject({
      code: 'CACHE_REFUSED',
      message: 'Redis at localhost:6379 refused GET (ERR)',
    });
    expect(fromErrorReply(place, 'hunter2').message).not.toContain('hunter2');
    expect(fromErrorReply(place, 'A'.repeat(100_000)).message.length).toBeLessThan(100);
  });

  it.each([
    ['OOM command not allowed', 'CACHE_FULL', /is out of memory \(OOM\): raise its maxmemory/],
    ['READONLY You cannot write', 'CACHE_READ_ONLY', /is a replica and takes no writes/],
    ['MISCONF Redis is configured', 'CACHE_READ_ONLY', /cannot save its data/],
    ['NOREPLICAS Not enough', 'CACHE_READ_ONLY', /has too few replicas/],
    ['LOADING Redis is loading', 'CACHE_UNAVAILABLE', /is still loading its data/],
    ['MASTERDOWN Link with MASTER is down', 'CACHE_UNAVAILABLE', /has lost its master/],
    ['CLUSTERDOWN The cluster is down', 'CACHE_UNAVAILABLE', /a part of its cluster is down/],
    ['TRYAGAIN Multiple keys request', 'CACHE_UNAVAILABLE', /is moving the keys/],
    ['BUSY Redis is busy', 'CACHE_UNAVAILABLE', /is busy with a script/],
    ['WRONGPASS invalid username', 'CACHE_AUTH', /refused the user name or the password \(WRONGPASS\): check them/],
    ['ERR invalid password', 'CACHE_AUTH', /refused the user name or the password \(invalid password\)/],
    ['NOAUTH Authentication required.', 'CACHE_AUTH', /wants a password/],
    ['ERR Client sent AUTH, but no password is set', 'CACHE_AUTH', /has no password and was given one/],
    [
      'ERR AUTH <password> called without any password configured for the default user.',
      'CACHE_AUTH',
      /has no password and was given one/,
    ],
    [
      "ERR wrong number of arguments for 'auth' command",
      'CACHE_AUTH',
      /too old to know user names.*remove the user name/,
    ],
    ['DENIED Redis is running in protected mode', 'CACHE_AUTH', /protected mode/],
    ['ERR max number of clients reached', 'CACHE_UNAVAILABLE', /too many clients \(max number of clients reached\)/],
    ["NOPERM this user has no permissions to run the 'get' command", 'CACHE_AUTH', /send GET \(NOPERM\).*right \+get$/],
    [
      "NOPERM User backstage has no permissions to run the 'cluster|slots' command",
      'CACHE_AUTH',
      /send CLUSTER SLOTS \(NOPERM\).*right \+cluster\|slots$/,
    ],
    ["NOPERM this user has no permissions to run the '\u001b[31m' command", 'CACHE_AUTH', /send GET .*right \+get$/],
    ['NOPERM No permissions to access a key', 'CACHE_AUTH', /use the keys of GET/],
    ['NOPERM this user has no permissions to access one of the keys', 'CACHE_AUTH', /use the keys of GET/],
    ['MOVED 1234 10.0.0.1:6379', 'CACHE_REFUSED', /is part of a cluster.*backend\.cache\.redis\.cluster\.rootNodes$/],
    ['ASK 1234 10.0.0.1:6379', 'CACHE_REFUSED', /is part of a cluster.*backend\.cache\.redis\.cluster\.rootNodes$/],
    ["CROSSSLOT Keys in request don't hash", 'CACHE_REFUSED', /is part of a cluster/],
    [
      'ERR This instance has cluster support disabled',
      'CACHE_REFUSED',
      /not part of a cluster.*remove backend\.cache\.redis/,
    ],
    ['ERR DB index is out of range', 'CACHE_REFUSED', /no database with that number/],
    ['ERR SELECT is not allowed in cluster mode', 'CACHE_REFUSED', /only database 0.*cluster\.rootNodes/],
    [
      "ERR unknown command 'GET', with args beginning with: 'k'",
      'CACHE_REFUSED',
      /does not know GET \(unknown command\): it may be a sentinel/,
    ],
    ['ERR no upstream host', 'CACHE_UNAVAILABLE', /proxy that reaches no server/],
    ['WRONGTYPE Operation against a key', 'CACHE_REFUSED', /refused GET \(WRONGTYPE\)$/],
  ])('%s becomes %s with a message that explains it', (reply, code, text) => {
    const error = fromErrorReply(place, reply);
    expect(error).toMatchObject({ code, message: expect.stringMatching(text) });
    expect(error.message).toMatch(/^Redis at localhost:6379 /);
  });
});

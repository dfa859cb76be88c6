import { CacheError } from '@greenroom/cache-core';
import { withFailure } from '../errors/serverFailure';
import { readClusterSlots, readRedirection, toServerAddress } from './clusterReplies';

describe('replies of a cluster node', () => {
  it('CLUSTER SLOTS lists the nodes, and a node without a host gets the host that was asked', () => {
    const reply = [
      [0, 8191, ['10.0.0.1', 6379, 'id'], ['', 6380, 'id']],
      [8192, 16383, [null, 6381, 'id', []], ['?', 6382, 'id']],
    ];
    expect(readClusterSlots(reply, 'asked')).toEqual([
      { first: 0, last: 8191, master: '10.0.0.1:6379', replicas: ['asked:6380'] },
      { first: 8192, last: 16383, master: 'asked:6381', replicas: ['asked:6382'] },
    ]);
  });

  it.each([[[]], [null], ['text']])('CLUSTER SLOTS throws CACHE_UNAVAILABLE when the reply is %j', reply => {
    expect(() => readClusterSlots(reply, 'asked')).toThrow(expect.objectContaining({ code: 'CACHE_UNAVAILABLE' }));
  });

  it.each([
    ['MOVED 3999 10.0.0.1:6381', { kind: 'MOVED', slot: 3999, address: '10.0.0.1:6381' }],
    ['ASK 3999 ::1:6381', { kind: 'ASK', slot: 3999, address: '::1:6381' }],
    ['MOVED 3999 :6381', { kind: 'MOVED', slot: 3999, address: 'asked:6381' }],
    ['ERR MOVED 3999 10.0.0.1:6381', undefined],
    ['CLUSTERDOWN The cluster is down', undefined],
  ])('the error %s is a redirection only if it begins with MOVED or ASK', (message, redirection) => {
    const error = withFailure(new CacheError('CACHE_REFUSED', 'refused'), { reply: message });
    expect(readRedirection(error, 'asked')).toEqual(redirection);
  });

  it('the address of a node may be IPv6', () => {
    expect(toServerAddress('::1:6381')).toEqual({ host: '::1', port: 6381 });
  });
});

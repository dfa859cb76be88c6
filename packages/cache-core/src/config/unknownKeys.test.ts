import { createConfigSource } from './createConfigSource';
import type { ConfigSource } from '../contract/configSource';

/** Returns the unknown paths after `read`, each with the nearest known one. */
function unknownAfter(value: object, read: (config: ConfigSource) => unknown, known: string[] = []) {
  const source = createConfigSource(value, 'cache');
  read(source);
  return source.unknownKeys(known).map(({ path, nearest }) => [path, nearest]);
}

describe('unknown keys', () => {
  it('are absent when every key was read, was warned about or is in a known section', () => {
    const value = { acme: { url: 'x', old: 1, nothing: null }, other: { anything: 1 } };
    const read = (config: ConfigSource) => {
      config.getOptionalString('acme.url');
      config.warn('acme.old', 'has no effect');
    };
    expect(unknownAfter(value, read, ['other'])).toEqual([]);
  });

  it.each([
    [{ client: { namespce: 'x' } }, 'cache.client.namespce', 'cache.client.namespace'],
    [{ client: { nameSpace: 'x' } }, 'cache.client.nameSpace', 'cache.client.namespace'],
    [{ clinet: { namespace: 'x' } }, 'cache.clinet', 'cache.client'],
    [{ namespace: 'x' }, 'cache.namespace', 'cache.client.namespace'],
    [{ tlt: 1 }, 'cache.tlt', 'cache.ttl'],
    [{ color: 'x' }, 'cache.color', undefined],
    [{ nodes: [{ url: 'x', ulr: 'y' }] }, 'cache.nodes[0].ulr', 'cache.nodes[0].url'],
  ])('are reported with the nearest known key, if any: %j', (value, path, nearest) => {
    const read = (config: ConfigSource) => {
      config.getOptionalString('client.namespace');
      config.getOptional('ttl');
      for (const node of config.getOptionalSections('nodes') ?? []) node.getOptionalString('url');
    };
    expect(unknownAfter(value, read)).toEqual([[path, nearest]]);
  });

  it('are not reported inside a value that was read as a whole', () => {
    expect(unknownAfter({ acme: { anything: [1] } }, config => config.getOptional('acme'))).toEqual([]);
  });

  it('are reported for a section that was only opened or only tested for', () => {
    const value = { acme: { anything: 1 } };
    expect(unknownAfter(value, config => config.getOptionalSection('acme'))).toEqual([
      ['cache.acme.anything', undefined],
    ]);
    expect(unknownAfter(value, config => config.hasSection('acme'))).toEqual([['cache.acme', undefined]]);
  });

  it('are reported in a known section once one of its keys was read', () => {
    const read = (config: ConfigSource) => config.getOptional('redis.url');
    expect(unknownAfter({ redis: { url: 'x', uri: 'y' } }, read, ['redis'])).toEqual([
      ['cache.redis.uri', 'cache.redis.url'],
    ]);
  });

  it('are absent in an empty or absent configuration', () => {
    expect(createConfigSource(undefined, 'cache').unknownKeys([])).toEqual([]);
    expect(createConfigSource({}, 'cache').unknownKeys([])).toEqual([]);
  });
});

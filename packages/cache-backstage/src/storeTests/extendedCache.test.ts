/** What `extendCache` promises on any cache service: on Backstage's own. */
import { CacheManager } from '@backstage/backend-defaults/cache';
import { ConfigReader } from '@backstage/config';
import { extendedCases } from '@greenroom/cache-core/testing';
import { uniqueId } from '../testSupport/startBackend';

describe("Backstage's own cache, in memory", () => {
  const manager = CacheManager.fromConfig(new ConfigReader({}));

  it.each(extendedCases)('$name', async ({ run }) => {
    const lacksClear = 'it has no method for it';
    await run({ lacksClear, open: () => manager.forPlugin(uniqueId()) });
  });
});

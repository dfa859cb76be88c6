import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nativeEngine } from './nativeEngine';

it.each([
  ['redis', 'redis-server', 'redis', 'GREENROOM_TEST_REDIS_URL'],
  ['valkey', 'valkey-server', 'valkey', 'GREENROOM_TEST_VALKEY_URL'],
  ['memcached', 'memcached', 'memcached', 'GREENROOM_TEST_MEMCACHED_URL'],
] as const)(
  'prepare rejects and says how to get a %s server when there is none',
  async (kind, program, formula, variable) => {
    const emptyFolder = await mkdtemp(join(tmpdir(), 'greenroom-'));
    const { PATH, XDG_CACHE_HOME } = process.env;
    Object.assign(process.env, { PATH: emptyFolder, XDG_CACHE_HOME: emptyFolder });
    try {
      const failure = await nativeEngine.prepare([kind]).catch(String);
      expect(failure).toContain(`There is no ${kind} server`);
      for (const hint of ['Docker', `apt-get install ${program}`, `brew install ${formula}`, variable]) {
        expect(failure).toContain(hint);
      }
    } finally {
      Object.assign(process.env, { PATH, XDG_CACHE_HOME });
      if (XDG_CACHE_HOME === undefined) delete process.env.XDG_CACHE_HOME;
      await rm(emptyFolder, { recursive: true });
    }
  },
);

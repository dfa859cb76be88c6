import { cacheServiceFactory as builtInFactory } from '@backstage/backend-defaults/cache';
import { coreServices, createServiceFactory } from '@backstage/backend-plugin-api';
import type { CacheService, LoggerService } from '@backstage/backend-plugin-api';
import { mockServices, ServiceFactoryTester } from '@backstage/backend-test-utils';
import { cacheServiceFactory } from '@greenroom/cache-backstage';
import type { Subject } from './scenario';

/** The cache service of a backend. */
export interface OpenedSubject {
  forPlugin(pluginId: string): Promise<CacheService>;
  /** Number of warnings and errors in the log so far. */
  logLines(): number;
}

export function openSubject(subject: Subject, store: string, connection?: string): OpenedSubject {
  let lines = 0;
  const count = () => void lines++;
  const logger: LoggerService = { error: count, warn: count, info: () => {}, debug: () => {}, child: () => logger };
  const tester = ServiceFactoryTester.from(subject === 'greenroom' ? cacheServiceFactory() : builtInFactory, {
    dependencies: [
      mockServices.rootConfig.factory({
        data: { backend: { cache: { store, ...(connection !== undefined && { connection }) } } },
      }),
      createServiceFactory({ service: coreServices.rootLogger, deps: {}, factory: () => logger }),
      createServiceFactory({ service: coreServices.logger, deps: {}, factory: () => logger }),
    ],
  });
  return { forPlugin: pluginId => tester.getSubject(pluginId), logLines: () => lines };
}

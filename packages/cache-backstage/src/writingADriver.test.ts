import { mockServices, ServiceFactoryTester } from '@backstage/backend-test-utils';
import { conformanceCasesFor } from '@greenroom/cache-core/testing';
import { cacheServiceFactory } from './index';
import { startAcmeServer } from './testSupport/acmeServer';
import type { AcmeServer } from './testSupport/acmeServer';
import { evaluate } from './testSupport/writingADriver';

/** The server that the page speaks of. */
let server: AcmeServer;
beforeAll(async () => {
  server = await startAcmeServer();
});
afterAll(() => server.stop());

describe('the driver in docs/writing-a-driver.md', () => {
  const { acmeDriver } = evaluate('acmeDriver');
  const lacks = { clear: 'the server cannot list its keys', getMany: 'HTTP has no request for several keys' };
  const { cases } = conformanceCasesFor({ driver: acmeDriver, options: { url: '' }, lacks });

  it.each(cases)('$group: $name', ({ run }) => run({ driver: acmeDriver, options: { url: server.url }, lacks }));

  it('is what a backend caches with, once its package is added', async () => {
    const cache = { store: 'memory', driver: 'acme', acme: { url: server.url } };
    const tester = ServiceFactoryTester.from(cacheServiceFactory, {
      dependencies: [evaluate('index').default, mockServices.rootConfig.factory({ data: { backend: { cache } } })],
    });
    const catalog = await tester.getSubject('catalog');

    await catalog.set('some-key', 'bob');

    expect(await catalog.get('some-key')).toBe('bob');
    expect(server.valueOf('/catalog%3Asome-key')).toBe('"bob"');
  });
});

import { mockServices, startTestBackend } from '@backstage/backend-test-utils';
import cacheServiceFactory from '@greenroom/cache-backstage';
import { createExamplePlugin } from './examplePlugin';

jest.mock('./pageFolder', () => ({ pageFolder: `${__dirname}/../public` }));

it('answers a lookup from the cache until it is forgotten', async () => {
  const findValue = jest.fn(async (id: string) => `value of ${id}`);
  const backend = await startTestBackend({
    features: [
      cacheServiceFactory,
      createExamplePlugin({ findValue }),
      mockServices.rootConfig.factory({ data: { backend: { cache: { store: 'memory' } } } }),
    ],
  });
  const url = (path: string) => `http://localhost:${backend.server.port()}/api/example/${path}`;
  const lookUp = async () => (await fetch(url('lookup/42'))).json() as Promise<object>;

  expect(await lookUp()).toEqual({ id: '42', value: 'value of 42', cached: false, tookMs: expect.any(Number) });
  expect(await lookUp()).toMatchObject({ value: 'value of 42', cached: true });
  expect((await fetch(url('lookup/42'), { method: 'DELETE' })).status).toBe(204);
  expect(await lookUp()).toMatchObject({ cached: false });
  expect(findValue).toHaveBeenCalledTimes(2);

  expect(await (await fetch(url(''))).text()).toContain('Greenroom example');
  await backend.stop();
});

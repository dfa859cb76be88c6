import { createBackend } from '@backstage/backend-defaults';
import { mockServices } from '@backstage/backend-test-utils';
import cacheServiceFactory from '@greenroom/cache-backstage';
import { cachePlugin } from '@greenroom/cache-plugin';
import { startRedis, withFreePorts } from '@greenroom/test-servers';
import type { TestServer } from '@greenroom/test-servers';
import { writeKeyPair } from '../start/writeKeyPair.mjs';
import { createExamplePlugin } from './examplePlugin';
import { findBrowser } from './testSupport/findBrowser';
import { openBrowser } from './testSupport/openBrowser';
import type { Browser, BrowserPage } from './testSupport/openBrowser';
import { poorContrasts } from './testSupport/poorContrasts';
import { trafficPlugins } from './traffic/trafficPlugins';

jest.mock('./pageFolder', () => ({ pageFolder: `${__dirname}/../public` }));

const program = findBrowser();

const wide = { width: 1600, height: 1000 };
const narrow = { width: 360, height: 800 };

const textOf = (selector: string) => `(document.querySelector(${JSON.stringify(selector)})?.textContent ?? '')`;
const click = (selector: string) => `document.querySelector(${JSON.stringify(selector)}).click()`;

const isTooWide = 'document.documentElement.scrollWidth > document.documentElement.clientWidth';

describe('the page in a browser', () => {
  let browser: Browser;
  let redis: TestServer;
  let port: number;
  let releasePort: () => void;
  let stopBackend: () => Promise<void>;
  let url: string;

  async function startBackend(near = false): Promise<void> {
    const backend = createBackend();
    const { publicKeyFile, privateKeyFile, remove } = writeKeyPair();
    const auth = {
      pluginKeyStore: { type: 'static', static: { keys: [{ keyId: 'test', publicKeyFile, privateKeyFile }] } },
    };
    const cache = { store: 'redis', connection: redis.url, near };
    const config = { baseUrl: url, listen: { host: '127.0.0.1', port }, csp: { 'upgrade-insecure-requests': false } };
    backend.add(mockServices.rootConfig.factory({ data: { backend: { ...config, auth, cache } } }));
    backend.add(mockServices.rootLogger.factory({ level: 'none' }));
    backend.add(cacheServiceFactory);
    backend.add(cachePlugin);
    backend.add(createExamplePlugin({ findValue: async id => `value of ${id}` }));
    for (const plugin of trafficPlugins) backend.add(plugin);
    await backend.start();
    remove();
    stopBackend = async () => {
      const { NODE_ENV } = process.env;
      // Otherwise Backstage waits half a minute or more for connections that the browser has opened in advance.
      process.env.NODE_ENV = 'development';
      await backend.stop();
      process.env.NODE_ENV = NODE_ENV;
    };
  }

  beforeAll(async () => {
    [browser, redis] = await Promise.all([openBrowser(program), startRedis()]);
    await withFreePorts(1, async ([freePort = 0], release) => {
      port = freePort;
      releasePort = release;
      url = `http://127.0.0.1:${port}`;
      await startBackend();
    });
  });

  afterEach(() => browser.closePages());

  afterAll(async () => {
    await Promise.all([browser.close(), stopBackend()]);
    releasePort();
    await redis.stop();
  });

  async function restartBackend(near = false): Promise<void> {
    await browser.closePages();
    await stopBackend();
    await startBackend(near);
  }

  async function openExample(look: Parameters<BrowserPage['open']>[1] = wide): Promise<BrowserPage> {
    const page = await browser.openPage();
    await page.open(`${url}/api/example/`, look);
    await page.until(`${textOf('#state')}.includes('Available')`);
    await page.until(`!document.querySelector('#traffic').disabled`);
    return page;
  }

  async function lookUp(page: BrowserPage): Promise<void> {
    await page.evaluate(click('#look-up'));
    await page.until(`${textOf('#history')}.includes('value of 42')`);
  }

  it('shows the effect of the background load, and clears a plugin', async () => {
    const page = await openExample();
    expect(await page.evaluate(textOf('#facts'))).toContain(new URL(redis.url).host);

    await page.evaluate(click('#traffic'));
    await page.until(`${textOf('#traffic')} === 'Stop background load'`);
    await page.until(`document.querySelectorAll('#plugins tr').length >= 3`);
    await page.until(`/^\\d+%$/.test(${textOf('#hit-ratio strong')})`);
    await page.until(`/^[\\d.]+ (µs|ms|s)$/.test(${textOf('#latency strong')})`);
    await page.until(`document.querySelectorAll('#hit-ratio .line, #hit-ratio .dot').length > 0`);
    await page.until(`/^\\d+$/.test(${textOf('#plugins tr:last-child td[data-title=Entries]')})`);
    await page.evaluate(click('#traffic'));
    await page.until(`${textOf('#traffic')} === 'Start background load'`);

    await page.evaluate(click(`button[aria-label="Clear of teams"]`));
    await page.until(`${textOf('#cleared')} !== ''`);
    expect(await page.evaluate(textOf('#cleared'))).toMatch(
      /^Cleared \d+ entr(y|ies) of teams, in the store, for all processes\.$/,
    );
    expect(page.problems).toEqual([]);
  });

  it('shows the share of reads that the near cache answers, if there is a near cache', async () => {
    const without = await openExample();
    expect(await without.evaluate(`${textOf('#hit-ratio')}.includes('near')`)).toBe(false);
    expect(await without.evaluate(textOf('#facts'))).not.toContain('Near cache');
    await restartBackend(true);
    try {
      const page = await openExample({ width: 1280, height: 900 });
      await page.evaluate(click('#traffic'));
      await page.until(`/^[1-9]\\d?% near$/.test(${textOf('#hit-ratio .part')})`);
      await page.until(`document.querySelector('#hit-ratio polygon.part') !== null`);
      expect(await page.evaluate(textOf('#hit-ratio .note'))).toContain('The darker part did not ask the store.');
      expect(await page.evaluate(`document.querySelector('#hit-ratio input').ariaValueText`)).toMatch(/%, .*% near$/);
      await page.until(
        `/Near cache[\\d,]+ copies, 2 s old at most, [\\d.]+ (B|KiB|MiB) of 16 MiB/.test(${textOf('#facts')})`,
      );
      await page.until(`/^[1-9]\\d?%$/.test(${textOf('#plugins tr:last-child td[data-title=Near]')})`);
      expect(await page.evaluate(isTooWide)).toBe(false);
      await page.evaluate(click(`button[aria-label="Clear of teams"]`));
      await page.until(`${textOf('#cleared')} !== ''`);
      expect(await page.evaluate(textOf('#cleared'))).toContain('Other processes may serve copies for 2 s.');
      expect(page.problems).toEqual([]);
    } finally {
      await restartBackend();
    }
  });

  it('shows keys without values', async () => {
    const page = await openExample();
    await lookUp(page);
    await page.until(`document.querySelector('button[aria-label="Keys of example"]') !== null`);
    await page.evaluate(click('button[aria-label="Keys of example"]'));
    await page.until(`document.querySelector('#keys').open && ${textOf('#keys-list')}.includes('Key')`);
    expect(await page.evaluate(textOf('#keys-list tbody'))).toMatch(/^42[\d.]+ (B|KiB)\d+ s$/);
    await page.press('Escape');
    await page.until(`!document.querySelector('#keys').open`);
    expect(page.problems).toEqual([]);
  });

  it('reports when the store is away and back, and shows the gap', async () => {
    const page = await openExample();
    await redis.kill();
    await page.until(`${textOf('#state')}.includes('Store away')`);
    await page.until(`!document.querySelector('#problem').hidden`);
    await page.until(`document.querySelectorAll('#hit-ratio .band.unavailable').length > 0`);
    expect(await page.evaluate(textOf('#facts'))).toContain('CACHE_');
    await lookUp(page);
    await page.evaluate(click('button[aria-label="Clear of example"]'));
    await page.until(`${textOf('#cleared')}.includes('CACHE_UNAVAILABLE')`);

    await redis.start();
    await page.until(`${textOf('#state')}.includes('Available')`);
    await page.until(`document.querySelector('#problem').hidden`);
    const changes = await page.evaluate<string[]>(
      `[...document.querySelectorAll('#changes .badge')].slice(0, 2).map(badge => badge.textContent)`,
    );
    expect(changes).toEqual(['Available', 'Store away']);
    expect(page.problems).toEqual([]);
  });

  it('reports that the backend is away, and that it has restarted', async () => {
    const page = await openExample();
    await stopBackend();
    await page.until(`${textOf('#state')}.includes('Backend away')`);
    expect(await page.evaluate(textOf('#problem'))).toBe('The backend cannot be reached. Is it still running?');
    await startBackend();
    await page.until(`${textOf('#state')}.includes('Available')`);
    expect(await page.evaluate(textOf('#changes'))).toMatch(/Backend restarted.*Backend away/s);
    // The browser itself reports each request that does not reach a server, whose server goes away, or that comes before its route is there.
    const unreached =
      /^Failed to load resource: net::ERR_(CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_RESPONSE|SOCKET_NOT_CONNECTED) /;
    const tooEarly = /^Failed to load resource: the server responded with a status of (404|503) .*\/cache\/v1\/status$/;
    expect(page.problems.filter(problem => !unreached.test(problem) && !tooEarly.test(problem))).toEqual([]);
  });

  it.each([
    [401, 'No access', 'asks for a sign-in (401)'],
    [403, 'No access', 'cache.read'],
    [404, 'Unknown', 'no cache plugin'],
  ])('explains what status %i of the routes means', async (status, state, text) => {
    const page = await browser.openPage();
    await page.answer('/cache/v1/', status);
    await page.open(`${url}/api/example/`, wide);
    await page.until(`${textOf('#state')}.includes(${JSON.stringify(state)})`);
    expect(await page.evaluate(textOf('#problem'))).toContain(text);
    await page.until(`!document.querySelector('#look-up').disabled`);
  });

  it('can be used with the keyboard and a screen reader', async () => {
    const page = await openExample();
    await lookUp(page);
    await page.until(`document.querySelectorAll('#plugins tr').length > 0`);
    expect(await page.unnamedControls()).toEqual([]);
    const reached = new Set<string>();
    for (let presses = 0; presses < 40; presses += 1) {
      await page.press('Tab');
      reached.add(
        await page.evaluate('document.activeElement.getAttribute("aria-label") ?? document.activeElement.id'),
      );
    }
    const expected = ['traffic', 'id', 'look-up', 'ten-at-once', 'forget', 'graphs-of', 'Hit ratio, moment'];
    for (const name of [...expected, 'Latency, moment', 'Clear of example']) expect(reached).toContain(name);

    await page.until('document.querySelector("#hit-ratio input").max > 1');
    await page.evaluate('document.querySelector("#hit-ratio input").focus()');
    await page.press('ArrowLeft');
    await page.until(`/^\\d\\d:\\d\\d:\\d\\d$/.test(${textOf('#hit-ratio figcaption span:last-child')})`);
    expect(page.problems).toEqual([]);
  });

  it.each([
    ['wide', wide],
    ['narrow', narrow],
  ])('fits a %s window', async (_name, look) => {
    const page = await openExample(look);
    await lookUp(page);
    await page.until(`document.querySelectorAll('#plugins tr').length > 0`);
    expect(await page.evaluate(isTooWide)).toBe(false);
    expect(page.problems).toEqual([]);
  });

  it.each([false, true])('has colours with enough contrast (dark: %s)', async isDark => {
    const page = await openExample({ ...wide, isDark });
    expect(await page.evaluate<object[]>(poorContrasts)).toEqual([]);
  });
});

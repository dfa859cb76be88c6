import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '@greenroom/test-servers';
import { openDriver } from './testSupport/openDriver';
import { startServer } from './testSupport/servers';
import { talkTo } from './testSupport/talkTo';

/**
 * Memcached reads its clock once a second, each time a little later than the time before, and keeps whole seconds. So now and then it
 * skips one: https://github.com/memcached/memcached/issues/679. A delay of some readings brings that about within seconds.
 */
describe('when the clock of Memcached skips a second', () => {
  const TTL_MS = 1000;
  /** When an entry is set, and the server stopped, after a reading. */
  const STOP_MS = 900;
  const DELAY_MS = 300;
  const MAX_READINGS = 20;

  it('no entry ends before its ttl', async () => {
    const server = await startServer();
    const { driver } = openDriver(server.url, { commandTimeout: '5s' });
    const readClock = async () => Number(/STAT time (\d+)/.exec(await talkTo(server, 'stats\r\n'))?.[1]);
    const untilNext = async (seconds: number) => {
      await until('its clock goes on', async () => (await readClock()) !== seconds, 3000);
      return readClock();
    };
    /** `undefined` when no second was skipped, or the machine was too slow. */
    const readAfterSkip = async () => {
      const seconds = await untilNext(await readClock());
      await sleep(STOP_MS);
      const setAtMs = performance.now();
      await driver.set('set', 'text', TTL_MS);
      await driver.add?.('added', 'text', TTL_MS);
      await server.freeze();
      await sleep(1000 - STOP_MS + DELAY_MS);
      await server.thaw();
      const isSkipped = (await untilNext(seconds)) === seconds + 2;
      const texts = [await driver.get('set'), await driver.get('added')];
      await driver.delete('added');
      return isSkipped && performance.now() - setAtMs < TTL_MS ? texts : undefined;
    };
    let texts: (string | undefined)[] | undefined;
    for (let readings = 0; readings < MAX_READINGS && !texts; readings++) texts = await readAfterSkip();
    expect(texts).toEqual(['text', 'text']);
  });
});

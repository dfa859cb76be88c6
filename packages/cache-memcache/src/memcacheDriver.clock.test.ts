import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '@greenroom/test-servers';
import { openDriver } from './testSupport/openDriver';
import { startServer } from './testSupport/servers';
import { talkTo } from './testSupport/talkTo';

/**
 * Memcached reads its clock once a second, a little later each time, and keeps whole seconds. So at times it skips a second:
 * https://github.com/memcached/memcached/issues/679. Delaying some readings makes that happen within seconds.
 */
describe('an entry when the clock of Memcached skips a second', () => {
  const TTL_MS = 1000;
  /** Time after a clock reading at which entries are set and the server is stopped. */
  const STOP_MS = 900;
  const DELAY_MS = 300;
  const MAX_READINGS = 20;

  it('does not expire before its ttl', async () => {
    const server = await startServer();
    const { driver } = openDriver(server.url);
    const readClock = async () => Number(/STAT time (\d+)/.exec(await talkTo(server, 'stats\r\n'))?.[1]);
    const untilNext = async (seconds: number) => {
      await until('its clock goes on', async () => (await readClock()) !== seconds, 3000);
      return readClock();
    };
    /** Returns `undefined` when no second was skipped, or the machine was too slow. */
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

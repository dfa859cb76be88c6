// Removes the keys of one plugin from a Redis in one of several ways: `clearProcess.ts <way> <connection> <prefix>`.
import { createConfigSource } from '@greenroom/cache-core';
import { redisDriver } from '@greenroom/cache-redis';
import { createClient } from 'redis';
import type { ClearWay } from './measureClear';
import { answerQuestions } from './worker';

const [way, connection, prefix] = process.argv.slice(2) as [ClearWay, string, string];
const BATCH = 1000;
const clear = await open();

/** Answers with the time of the clear, in ms. */
answerQuestions<object, number>(async () => {
  const startedAtMs = performance.now();
  await clear();
  return performance.now() - startedAtMs;
});

async function open(): Promise<() => Promise<void>> {
  if (way === 'greenroom') {
    const options = redisDriver.parseOptions(createConfigSource({ connection }, 'backend.cache'));
    const driver = redisDriver.create(options, { connected() {}, disconnected() {} });
    return async () => void (await driver.clear?.(prefix));
  }
  const client = createClient({ url: connection, commandOptions: { timeout: 0 } });
  await client.connect();
  const scan = (cursor: string) => client.scan(cursor, { MATCH: `${prefix}*`, COUNT: BATCH });
  return async () => {
    let unlinked: Promise<unknown> = Promise.resolve();
    for (let cursor = '0', more = true; more; more = cursor !== '0') {
      const found = await scan(cursor);
      cursor = found.cursor;
      await unlinked;
      if (found.keys.length > 0) unlinked = client.unlink(found.keys);
      if (way === 'loop') await unlinked;
    }
    await unlinked;
  };
}

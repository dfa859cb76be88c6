/**
 * The code of a process that reads from caches all the time. For each read it records when it was called and answered, and the result. This
 * is plain JavaScript, so that it runs without a build.
 */
import { withBrokenCopies } from './brokenCopies.mjs';

const READ_EVERY_MS = 12;
const WRITE_EVERY_MS = 60;
/** Largest number of reads that wait for a server; further ones would only wait too. */
const MAX_PENDING = 400;
const FOREIGN_KEY = 'foreign';

const machineMs = () => Number(process.hrtime.bigint()) / 1e6;

/**
 * Reads, writes its own keys, and blocks its event loop, as messages tell it to. The argument of the process has the trials.
 *
 * @param openCache - Opens an extended cache for `{ pluginId, config, near }`; `observer` sees its operations.
 */
export async function readAsTold(openCache) {
  const { processNumber, processCount, trials } = JSON.parse(process.argv[2]);
  let uncaught = 0;
  process.on('uncaughtException', () => void uncaught++).on('unhandledRejection', () => void uncaught++);
  const ownKeys = Array.from({ length: processCount }, (_, number) => `own-${number}`);
  const readers = trials.map(trial => openReader(openCache, trial, ownKeys, processNumber));
  await Promise.all(readers.map(reader => reader.untilReady()));

  const timers = [];
  let turn = 0;
  const readAll = () => {
    for (const reader of readers) reader.read(turn);
    turn++;
  };
  const tasks = {
    start() {
      timers.push(setInterval(readAll, READ_EVERY_MS));
      timers.push(setInterval(() => readers.forEach(reader => reader.write()), WRITE_EVERY_MS));
    },
    block({ ms }) {
      readAll();
      // By then the requests have been sent, and their replies have not been read.
      setImmediate(() => {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
        readAll();
      });
    },
    async stop() {
      timers.forEach(clearInterval);
      const reports = await Promise.all(readers.map(reader => reader.stop()));
      process.send({ uncaught, reports });
    },
  };
  process.on('message', task => void tasks[task.name](task));
  process.send('ready');
}

function openReader(openCache, trial, ownKeys, processNumber) {
  const operations = {};
  let lastChange;
  const { broken, near, ...others } = trial;
  const { cache: opened, close } = openCache(broken || !near ? others : { ...others, near }, {
    onOperation({ operation, result }) {
      if (operation === 'get') operations[result] = (operations[result] ?? 0) + 1;
      else lastChange = result;
    },
  });
  const cache = broken ? withBrokenCopies(opened, broken, near.maxStaleness) : opened;
  const keys = trial.ownWrites ? [FOREIGN_KEY, ...ownKeys] : [FOREIGN_KEY];
  /** Four numbers for each read, by key: when it was called, when it was answered, its version (0 for a miss), and its form. */
  const reads = Object.fromEntries(keys.map(key => [key, []]));
  /** Four numbers for each write: version (0 for a delete), when it was called, when it was settled, whether it was made. */
  const writes = [];
  const pending = new Set();
  let wrong = 0;
  let version = 0;
  let changes = 0;
  let isWriting = false;

  const track = promise => {
    const tracked = promise.catch(() => void wrong++).finally(() => pending.delete(tracked));
    pending.add(tracked);
  };
  const seen = (key, askedMs, value, form) => {
    if (value !== undefined && value?.key !== key) wrong++;
    else reads[key].push(askedMs, machineMs(), value?.version ?? 0, form);
  };
  const readEach = (read, form) => {
    for (const key of keys) {
      const askedMs = machineMs();
      track(read(key).then(value => seen(key, askedMs, value, form)));
    }
  };
  /** In the order of `forms` in judgeTrial.ts. */
  const forms = [
    form => readEach(key => cache.get(key), form),
    form => readEach(key => cache.get(key, { frozen: true }), form),
    form => readEach(key => cache.getOrSet(key, ({ skip }) => skip()), form),
    form => {
      const askedMs = machineMs();
      track(cache.getMany(keys).then(found => keys.forEach(key => seen(key, askedMs, found.get(key), form))));
    },
  ];

  return {
    async untilReady() {
      const key = `ready-${processNumber}`;
      for (;;) {
        await cache.set(key, { key, version: 1 });
        if ((await cache.get(key))?.key === key) return;
      }
    },
    read(turn) {
      const form = turn % forms.length;
      if (pending.size < MAX_PENDING) forms[form](form);
    },
    async write() {
      if (!trial.ownWrites || isWriting) return;
      isWriting = true;
      const key = ownKeys[processNumber];
      const next = ++changes % 5 === 0 ? 0 : ++version;
      const calledMs = machineMs();
      const options = trial.ownTtlMs === undefined ? {} : { ttl: trial.ownTtlMs };
      await (next === 0 ? cache.delete(key) : cache.set(key, { key, version: next }, options));
      writes.push(next, calledMs, machineMs(), lastChange === 'ok' ? 1 : 0);
      isWriting = false;
    },
    async stop() {
      while (pending.size > 0 || isWriting) {
        await Promise.all(pending);
        await new Promise(resolve => setImmediate(resolve));
      }
      await close();
      return { reads, writes, wrong, operations };
    },
  };
}

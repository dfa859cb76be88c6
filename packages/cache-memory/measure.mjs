// Measures the built memory store: `node measure.mjs` prints a table, `node --expose-gc measure.mjs <name> [entries]` one line of JSON.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { LRUCache } from 'lru-cache';
import { memoryDriver } from './dist/index.js';

const MILLION = 1_000_000;
const host = { connected: () => {}, disconnected: () => {} };
const nextTurn = () => new Promise(resolve => setImmediate(resolve));
const wait = ms => new Promise(resolve => setTimeout(resolve, ms));
const keyOf = index => `catalog:key-${String(index).padStart(7, '0')}`;
const smallText = index => JSON.stringify(`v-${String(index).padStart(7, '0')}`);

/**
 * From Node 22 on V8 keeps the pages of what it has collected, for the next million of objects, until the process has been idle
 * for some seconds. A collection of last resort gives them back. Node 20 keeps none, and needs the plain one.
 */
async function collectGarbage() {
  for (let round = 0; round < 5; round++) {
    globalThis.gc();
    globalThis.gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    await wait(20);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function fill(set, entries, textOf = smallText) {
  for (let index = 0; index < entries; index++) {
    // As core makes it, from two parts.
    await set(`catalog:${keyOf(index).slice(8)}`, textOf(index));
    if (index % 1000 === 0) await nextTurn();
  }
}

/** What a store takes when it is as full as its bound allows. */
async function fillToBound(textOf, textBytes) {
  const maxBytes = 64 * 1024 * 1024;
  const emptyBytes = await collectGarbage();
  const driver = memoryDriver.create({ maxBytes, maxEntries: MILLION }, host);
  await fill((key, text) => driver.set(key, text), Math.ceil((1.2 * maxBytes) / (textBytes + 100)), textOf);
  const bytes = (await collectGarbage()) - emptyBytes;
  await driver.close();
  return { takenOfBound: bytes / maxBytes };
}

async function bytesPerEntry(createStore, entries) {
  const emptyBytes = await collectGarbage();
  const store = createStore(entries);
  await fill((key, text) => store.set(key, text), entries);
  const bytes = (await collectGarbage()) - emptyBytes;
  return { bytesPerEntry: bytes / entries, isThere: (await store.get(keyOf(1))) !== undefined };
}

const openLargeStore = (maxEntries = MILLION) => memoryDriver.create({ maxBytes: 1e9, maxEntries }, host);

/**
 * Memory at the start, and before, with, and after a million entries that nobody reads. Garbage is collected, as a busy process
 * does.
 */
async function expire() {
  const megabytes = async () => {
    const heap = Math.round((await collectGarbage()) / 1e6);
    return { heap, resident: Math.round(process.memoryUsage().rss / 1e6) };
  };
  const start = await megabytes();
  const driver = openLargeStore();
  // What the process has once had, stays with it in part: a first time makes up the baseline.
  await fill((key, text) => driver.set(key, text), MILLION);
  await driver.clear('');
  for (let second = 0; second < 5; second++) {
    await megabytes();
    await wait(900);
  }
  const baseline = await megabytes();
  await fill((key, text) => driver.set(key, text, 5000), MILLION);
  const full = await megabytes();
  // Nothing else may wake the process: the store has to do that.
  await wait(10_000);
  // V8 gives its own memory back a part with each collection.
  for (let round = 0; round < 5; round++) {
    await megabytes();
    await wait(900);
  }
  return { megabytes: { start, baseline, full, after: await megabytes() } };
}

/** CPU time of the event loop's thread in ms, which other processes do not change. */
function threadMs() {
  return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'latin1').split(' ')[0]) / 1e6;
}

/** The longest turn of the event loop while this runs. */
async function pausesDuring(run) {
  globalThis.gc();
  let longestMs = 0;
  let isDone = false;
  const done = run().then(() => {
    isDone = true;
  });
  let lastMs = threadMs();
  while (!isDone) {
    await nextTurn();
    const nowMs = threadMs();
    longestMs = Math.max(longestMs, nowMs - lastMs);
    lastMs = nowMs;
  }
  await done;
  return longestMs;
}

async function pauses() {
  const driver = openLargeStore();
  const fillStore = ttlMs => fill((key, text) => driver.set(key, text, ttlMs), MILLION);
  const halfOfStore = Buffer.alloc(495_000_000, 'x').toString();

  // Garbage of the step before makes pauses longer and never shorter, so the shortest of three counts.
  const shortest = {};
  for (let round = 0; round < 3; round++) {
    await fillStore();
    const clear = await pausesDuring(() => driver.clear('catalog:'));
    await fillStore(1);
    const sweep = await pausesDuring(() => wait(5000));
    await fillStore();
    const evict = await pausesDuring(async () => {
      await driver.set('first', halfOfStore);
      await driver.set('second', halfOfStore);
    });
    await driver.clear('');
    for (const [phase, longestMs] of Object.entries({ clear, sweep, evict })) {
      shortest[phase] = Math.min(shortest[phase] ?? Infinity, longestMs);
    }
  }
  await fillStore();
  const close = await pausesDuring(() => driver.close());
  return { longestPauseMs: { ...shortest, close } };
}

const measurements = {
  'bound-small': () => fillToBound(smallText, 20),
  'bound-1k': () => fillToBound(index => JSON.stringify('x'.repeat(1000) + index), 1000),
  'bound-1k-wide': () => fillToBound(index => JSON.stringify('界'.repeat(1000) + index), 2000),
  'bound-50k': () => fillToBound(index => JSON.stringify('x'.repeat(50_000) + index), 50_000),
  'entry-store': (entries = MILLION) => bytesPerEntry(openLargeStore, entries),
  'entry-lru-cache': (entries = MILLION) => bytesPerEntry(max => new LRUCache({ max }), entries),
  expire,
  pauses,
};

const [name, entries] = process.argv.slice(2);
if (name) {
  console.log(JSON.stringify(await measurements[name](entries && Number(entries))));
} else {
  console.log(`Node ${process.version}`);
  for (const each of Object.keys(measurements)) {
    const result = execFileSync(process.execPath, ['--expose-gc', fileURLToPath(import.meta.url), each]);
    console.log(each, result.toString().trim());
  }
}

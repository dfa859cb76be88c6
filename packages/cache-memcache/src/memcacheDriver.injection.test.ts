/** What memcached receives for hostile keys and values, parsed as a server parses it. */
import { isDeepStrictEqual } from 'node:util';
import type { CacheService, JsonValue } from '@greenroom/cache-core';
import { anyCharacter } from '@greenroom/test-servers/anyCharacter';
import fc from 'fast-check';
import { openManager } from './testSupport/openDriver';
import { startProxyOf, startServer } from './testSupport/servers';
import { talkTo } from './testSupport/talkTo';

interface WireCommand {
  readonly name: string;
  readonly key: string;
  readonly text?: string;
}

const setLine = /^set ([\x21-\x7e]{1,250}) 0 \d+ (\d+)$/;
const keyLine = /^(get|delete) ([\x21-\x7e]{1,250})$/;

/** Splits what was sent into commands. Throws on any command that the store does not need. */
function parseCommands(sent: Buffer): readonly WireCommand[] {
  const commands: WireCommand[] = [];
  let start = 0;
  while (start < sent.length) {
    const lineEnd = sent.indexOf('\r\n', start);
    const line = sent.toString('latin1', start, lineEnd);
    start = lineEnd + 2;
    if (line === 'version') continue;
    const [, name, key = ''] = keyLine.exec(line) ?? [];
    const [, setKey, length] = setLine.exec(line) ?? [];
    if (name !== undefined) commands.push({ name, key });
    else if (setKey !== undefined) {
      const end = start + Number(length);
      if (sent.toString('latin1', end, end + 2) !== '\r\n') throw new Error(`The text of ${line} has another length`);
      commands.push({ name: 'set', key: setKey, text: sent.toString('utf8', start, end) });
      start = end + 2;
    } else throw new Error(`Not a command of the store: ${JSON.stringify(line)}`);
  }
  return commands;
}

const injections = [
  ...["$'", '$&', '$`', '$$', '$1', "x$'y", '\r\n', '\n', '\r', '\0', ' ', '\t', '', '\x7f', '\u0085', '\u2028'],
  ...[
    'key 0 60 1\r\nv',
    'x\r\nflush_all\r\n',
    'x\r\nset victim 0 0 5\r\ntaken\r\n',
    'END\r\n',
    'noreply',
    ' 0 0 1 noreply',
  ],
  ...['\ud800', '\udfff', 'é', 'キー', '👩‍🚀', '__proto__', 'constructor', '!sha256-', '%', '%0D%0A', '\\\r\n', '\\'],
];
const hostileText = fc
  .array(fc.oneof(fc.constantFrom(...injections), fc.string({ unit: anyCharacter, maxLength: 8 })), { maxLength: 6 })
  .map(parts => parts.join(''));
const longHostileText = hostileText.map(text => `${text}${'k'.repeat(9_000)}${text}`.padEnd(10_000, '$'));
const hostileValue: fc.Arbitrary<JsonValue> = fc.oneof(
  hostileText,
  hostileText.map(text => ({ [text]: [text, null] })),
);

async function inBatches<T>(items: readonly T[], run: (item: T, index: number) => Promise<unknown>): Promise<void> {
  for (let start = 0; start < items.length; start += 500) {
    await Promise.all(items.slice(start, start + 500).map((item, offset) => run(item, start + offset)));
  }
}

async function open(): Promise<{
  readonly cache: CacheService;
  readonly takeCommands: () => readonly WireCommand[];
  readonly readVictim: () => Promise<string>;
  readonly countItems: () => Promise<number>;
}> {
  const server = await startServer();
  await talkTo(server, 'set victim 0 0 9\r\nuntouched\r\n');
  const proxy = await startProxyOf(server);
  return {
    cache: openManager(proxy.url).forPlugin('catalog'),
    takeCommands: () => parseCommands(Buffer.from(proxy.takeSent())),
    readVictim: () => talkTo(server, 'get victim\r\n'),
    countItems: async () => Number(/STAT curr_items (\d+)/.exec(await talkTo(server, 'stats\r\n'))?.[1]),
  };
}

describe('the commands that memcached receives', () => {
  it('are exactly one set, one get and one delete for each of 10,000 hostile keys', async () => {
    const { cache, takeCommands, readVictim, countItems } = await open();
    const seed = Date.now();
    const keys = [
      ...new Set([
        ...injections,
        ...fc.sample(longHostileText, { numRuns: 100, seed }),
        ...fc.sample(hostileText, { numRuns: 20_000, seed }),
      ]),
    ].slice(0, 10_000);
    const values = fc.sample(hostileValue, { numRuns: keys.length, seed });
    expect(keys).toHaveLength(10_000);

    await inBatches(keys, (key, index) => cache.set(key, values[index] ?? null));
    const sets = takeCommands();
    expect(sets.map(({ name }) => name)).toEqual(keys.map(() => 'set'));
    // Allows no character that has a special meaning to the library, to the server or in a line.
    const harmless = /^catalog:[\w\-.~:/@,=+%]{0,180}$|^catalog:!sha256-[\w-]{43}$|^!sha256-[\w-]{43}$/;
    const isRight = ({ key, text = '' }: WireCommand, index: number) =>
      harmless.test(key) &&
      /^#1 catalog:\S* - /.test(text) &&
      text.endsWith(` ${JSON.stringify(values[index])}`) &&
      !/[\r\n\0]/.test(text);
    expect(sets.filter((command, index) => !isRight(command, index))).toEqual([]);
    expect(new Set(sets.map(({ key }) => key)).size).toBe(keys.length);
    // One more item is the victim. The seed is compared too, so that a failure shows it.
    expect({ seed, items: await countItems() }).toEqual({ seed, items: keys.length + 1 });

    const wrong: unknown[] = [];
    await inBatches(keys, async (key, index) => {
      const [value, expected] = [await cache.get(key), JSON.parse(JSON.stringify(values[index])) as unknown];
      if (!isDeepStrictEqual(value, expected)) wrong.push({ key, value, expected });
    });
    expect(wrong).toEqual([]);
    expect(takeCommands()).toEqual(sets.map(({ key }) => ({ name: 'get', key })));

    await inBatches(keys, key => cache.delete(key));
    expect(takeCommands()).toEqual(sets.map(({ key }) => ({ name: 'delete', key })));
    expect(await countItems()).toBe(1);
    expect(await readVictim()).toBe('VALUE victim 0 9\r\nuntouched\r\nEND\r\n');
  });

  it('are none for invalid arguments, and one delete for a value that is too large', async () => {
    const { cache, takeCommands } = await open();
    await cache.get('warm');
    takeCommands();
    await expect(cache.set('key', undefined as unknown as JsonValue)).rejects.toThrow();
    await expect(cache.set('key', 1, { ttl: NaN })).rejects.toThrow();
    await expect(cache.get(['x\r\nflush_all\r\n'] as unknown as string)).rejects.toThrow();
    await cache.set("$'\r\n", 'x'.repeat(2 * 1024 * 1024));
    expect(takeCommands()).toEqual([{ name: 'delete', key: 'catalog:%24%27%0D%0A' }]);
  });
});

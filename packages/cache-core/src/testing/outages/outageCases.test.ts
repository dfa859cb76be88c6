import { inspect } from 'node:util';
import { conformanceCases } from '../cases/conformanceCases';
import { outageCases } from './outageCases';
import type { OutageCase, OutageTarget } from './outageTarget';
import { lineDriver } from '../testSupport/lineDriver';
import type { LineOptions } from '../testSupport/lineDriver';
import type { LineFaults } from '../testSupport/lineFaults';
import { startLineServer } from '../testSupport/lineServer';

const leftOpen: (() => void)[] = [];
afterAll(() => leftOpen.forEach(end => end()));
// Each running case listens for uncaught errors.
beforeAll(() => void process.setMaxListeners(100));

/** For each case, by its name or the start of its name, the driver fault that it has to catch. */
const mutants: Readonly<Record<string, LineFaults>> = {
  'a server that refuses connections': { neverReconnects: true },
  'a server that is killed and restarted': { replays: true },
  'a server that freezes': { spins: true },
  'open connections that go silent, while new ones work': { neverPings: true },
  'a network that drops everything': { waitsForAttempts: true },
  'replies that are delayed by two seconds': { losesOrder: true, neverPings: true },
  'connections that break in the middle of a reply': { overlooksEnd: true, neverPings: true },
  'replies that are garbage': { neverReconnects: true },
  'an outage of 20 s': { waitsLonger: true },
  'replies that arrive byte by byte are understood': { readsChunks: true },
  'an event loop that is blocked for longer than the command timeout is not an outage': { isImpatient: true },
  'a burst of 40,000 unanswered operations settles in time': { scans: true },
  'a refusal is neither a value nor a success': { takesRefusals: true },
  'a server that is down at startup is used once it is up': { triesOnce: true },
  'close during an outage settles in time and leaves nothing open': { neverCloses: leftOpen },
  'attempts to connect that get no answer': { ignoresSignal: true },
  'a silent connection that is replaced is closed': { leavesOld: true },
  'writes during an outage are not kept in memory': { keepsTexts: true },
};

/** Cases that check or block the whole process: its handles, its memory, its event loop. */
const looksAtProcess = /leaves nothing open|kept in memory|is blocked|a burst/;
const isAlone = ({ name }: OutageCase) => looksAtProcess.test(name);
// The cases with 5,000 operations differ in nothing else; every driver for a server runs them one at a time.
const cases = outageCases.filter(({ name }) => !name.includes('5,000 operations'));

async function runOn(faults: LineFaults, { run }: OutageCase): Promise<void> {
  const server = await startLineServer();
  const target: OutageTarget<LineOptions> = {
    driver: lineDriver,
    servers: [server],
    toOptions: ([address = server]) => ({ address, faults }),
    refusal: request => `${JSON.stringify([(JSON.parse(request) as [number])[0], null, 'refused'])}\n`,
  };
  try {
    await run(target);
  } finally {
    await server.stop();
  }
}

/** Runs all cases at the same time. Returns what each rejects with, by name. */
async function findFailures(toRun: readonly OutageCase[], toFaults: (name: string) => LineFaults) {
  const failures = toRun.map(async each => {
    const failure: unknown = await runOn(toFaults(each.name), each).then(
      () => undefined,
      (error: unknown) => error,
    );
    return [each.name, failure] as const;
  });
  return Object.fromEntries(await Promise.all(failures));
}

function faultsOf(name: string): LineFaults {
  const found = Object.entries(mutants).find(([start]) => name.startsWith(start));
  if (!found) throw new Error(`No broken driver for: ${name}`);
  return found[1];
}

describe('a driver that keeps every promise in outages', () => {
  it('passes each case', async () => {
    const failures = await findFailures(
      cases.filter(each => !isAlone(each)),
      () => ({}),
    );
    const texts = Object.entries(failures).flatMap(([name, failure]) =>
      failure === undefined ? [] : [`${name}: ${inspect(failure)}`],
    );
    expect(texts).toEqual([]);
    expect(Object.keys(failures).length).toBeGreaterThan(10);
  });

  it.each(cases.filter(isAlone))('passes: $name', each => runOn({}, each));
});

it('a conformance case catches a driver that refuses operations before its first connection', async () => {
  const server = await startLineServer();
  const name = 'a driver can be used immediately after create, without waiting for a connection';
  const { run } = conformanceCases.find(each => each.name === name) ?? {};
  const runWith = (faults: LineFaults) => run?.({ driver: lineDriver, options: { address: server, faults } });
  try {
    await runWith({});
    await expect(runWith({ refusesFirst: true })).rejects.toMatchObject({ code: 'CACHE_UNAVAILABLE' });
  } finally {
    await server.stop();
  }
});

describe('a driver that breaks a promise in outages', () => {
  it('exists for each case, and for nothing else', () => {
    const used = new Set(outageCases.map(({ name }) => faultsOf(name)));
    expect(used).toEqual(new Set(Object.values(mutants)));
  });

  it('is caught by its own case', async () => {
    const failures = await findFailures(
      cases.filter(each => !isAlone(each)),
      faultsOf,
    );
    for (const [name, failure] of Object.entries(failures)) {
      expect([name, failure]).toEqual([name, expect.objectContaining({ name: 'AssertionError' })]);
    }
  });

  it.each(cases.filter(isAlone))('is caught by: $name', async each => {
    await expect(runOn(faultsOf(each.name), each)).rejects.toMatchObject({ name: 'AssertionError' });
  });
});

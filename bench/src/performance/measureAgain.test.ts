import { holds, listChecks, listFirstChecks } from './checks';
import { interleave } from './interleave';
import type { Turn } from './interleave';
import { measureAgain } from './measureAgain';
import type { Found, Measured } from './results';
import type { StartedSubject } from './startSubject';
import type { Subject } from './subject';

const kind: Omit<Measured, 'subject' | 'trials'> = {
  store: 'redis',
  setting: 'alone',
  operation: 'get',
  size: '100 B',
  callers: 64,
  burst: 1,
  plugins: 1,
  hotPercent: undefined,
};

/** Gets of 100 B from Redis, by Greenroom with this multiple of the throughput and CPU of the bare client; the bound is 1.2. */
function foundWith(throughput: number, cpu = 2): Found {
  const of = (subject: Subject, operationsPerSecond: number, cpuMicroseconds: number): Measured => ({
    ...kind,
    subject,
    trials: [{ operationsPerSecond, cpuMicroseconds }],
  });
  return {
    throughput: [of('greenroom', throughput, 1), of('redis', 1, cpu)],
    ...{ bursts: [], callers: [], plugins: [], hits: [], stampedes: [], frozen: [] },
    ...{ readiness: [], imports: [], memory: [], near: { hot: [], mixed: [], memory: [] } },
    ...{ rounds: 1, trialMs: 1, memoryEntries: 1 },
  };
}

async function settle(first: Found, ...later: readonly Found[]) {
  const measured: (readonly Measured[])[] = [];
  const again = await measureAgain(listFirstChecks(first), async kinds => {
    const next = later[measured.length];
    measured.push(kinds);
    if (!next) throw new Error('Measured once more');
    return listFirstChecks(next);
  });
  const checks = listChecks({ ...first, date: '', machine: '', versions: [], again });
  const [throughput, cpu] = checks.map(check => ({
    holds: holds(check),
    measured: check.measured,
    found: check.found,
  }));
  return { throughput, cpu, measured };
}

describe('a bound', () => {
  it('is not measured again when it holds at first', async () => {
    const { throughput, cpu, measured } = await settle(foundWith(1.3));
    expect(throughput).toEqual({ holds: true, measured: [1.3], found: 1.3 });
    expect(cpu).toEqual({ holds: true, measured: [2], found: 2 });
    expect(measured).toEqual([]);
  });

  it('holds when it is missed within the noise', async () => {
    expect((await settle(foundWith(1.15))).throughput).toMatchObject({ holds: true, measured: [1.15] });
  });

  it('holds when one of three measurements misses it, and all three are kept', async () => {
    const { throughput, cpu } = await settle(foundWith(1.1), foundWith(1.25), foundWith(1.3));
    expect(throughput).toEqual({ holds: true, measured: [1.1, 1.25, 1.3], found: 1.25 });
    // A check that has held is not measured again: its first figure counts.
    expect(cpu).toMatchObject({ measured: [2] });
  });

  it.each([
    [1.1, 1.25],
    [1.25, 1.1],
  ])('is missed when two of three measurements miss it: %d, %d', async (second, third) => {
    const { throughput } = await settle(foundWith(1), foundWith(second), foundWith(third));
    expect(throughput).toEqual({ holds: false, measured: [1, second, third], found: 1.1 });
  });

  it('shares its new measurements with another missed bound of the same kinds', async () => {
    const { throughput, cpu, measured } = await settle(foundWith(1, 1), foundWith(1.3, 1), foundWith(1.3, 1));
    expect(throughput).toMatchObject({ holds: true, measured: [1, 1.3, 1.3] });
    expect(cpu).toMatchObject({ holds: false, measured: [1, 1, 1] });
    expect(measured.map(kinds => kinds.map(({ subject }) => subject))).toEqual([
      ['greenroom', 'redis'],
      ['greenroom', 'redis'],
    ]);
  });

  it('is missed when it cannot be measured again', async () => {
    const nothing = { ...foundWith(1), throughput: [] };
    expect((await settle(foundWith(1), nothing, nothing)).throughput).toMatchObject({ holds: false });
  });

  it('is not measured again when a miss does not fail the run', async () => {
    const readiness = ['greenroom', 'built-in'].map(
      (subject, index) =>
        ({ store: 'redis', subject, plugins: 50, connections: 1, readyMs: 100 / (index + 1) }) as const,
    );
    const { measured } = await settle({ ...foundWith(2), readiness: readiness as Found['readiness'] });
    expect(measured).toEqual([]);
  });

  it('is not measured again when its figure is counted and not timed', async () => {
    const counted = {
      ...kind,
      subject: 'greenroom',
      operation: 'stampede',
      trials: [{ operationsPerSecond: 1, loads: 2 }],
    };
    const { measured } = await settle({ ...foundWith(2), stampedes: [counted as Measured] });
    expect(measured).toEqual([]);
  });
});

describe('measuring again', () => {
  const asked: string[] = [];
  const start = (subject: Subject): StartedSubject => ({
    ...{ subject, store: 'redis', setting: 'alone' },
    run: async ({ operation }) => {
      asked.push(`${subject} ${operation}`);
      return { operationsPerSecond: 1 };
    },
    stop: async () => {},
  });
  const turnsOf = (operations: readonly ('get' | 'set')[], subjects: readonly Subject[]) =>
    operations.flatMap(operation =>
      subjects.map((subject): Turn => ({
        started: start(subject),
        question: { operation, size: '100 B', callers: 64, burst: 1, plugins: 1, durationMs: 1 },
      })),
    );
  beforeEach(() => asked.splice(0));

  it('asks only the compared subjects, in turns, everything that they were asked at first', async () => {
    const turns = turnsOf(['get', 'set'], ['greenroom', 'redis', 'built-in cache']);
    const only = foundWith(1).throughput;
    const measured = await interleave(turns, { rounds: 1, only });
    const round = ['greenroom get', 'redis get', 'greenroom set', 'redis set'];
    expect(asked).toEqual([...round, ...round, ...round]);
    expect(measured.map(({ subject, operation }) => `${subject} ${operation}`)).toEqual(round);
  });

  it('measures nothing when a compared kind or subject is missing from the turns', async () => {
    const only = foundWith(1).throughput;
    expect(await interleave(turnsOf(['set'], ['greenroom', 'redis']), { rounds: 1, only })).toEqual([]);
    expect(await interleave(turnsOf(['get'], ['greenroom', 'built-in cache']), { rounds: 1, only })).toEqual([]);
    expect(asked).toEqual([]);
  });
});

import { conformanceCases, conformanceCasesFor } from './conformanceCases';
import { mapDriver } from './testSupport/mapDriver';
import { endMutants, mutants, toMutant } from './testSupport/mutants';

afterAll(endMutants);

describe('a driver that keeps every promise', () => {
  it.each(conformanceCases)('passes: $group: $name', async ({ run }) => {
    await run({ driver: mapDriver, options: { store: new Map() } });
  });
});

describe('a driver that breaks one promise', () => {
  it('is there for each case, and for nothing else', () => {
    expect(Object.keys(mutants).sort()).toEqual(conformanceCases.map(({ name }) => name).sort());
  });

  it.each(Object.entries(mutants))('is caught by: %s', async (name, change) => {
    const { run } = conformanceCases.find(candidate => candidate.name === name) ?? {};
    // Of the case, or of the broken driver: never of a mistake in either.
    await expect(run?.(toMutant(change))).rejects.toMatchObject({ name: expect.stringMatching(/^(Assertion)?Error$/) });
  });
});

describe('a driver without a capability', () => {
  const target = {
    driver: toMutant(() => ({ clear: undefined })).driver,
    options: { store: new Map() },
    lacks: { clear: 'the store cannot list its keys' },
  };

  it('is not asked for it, and each case that is left out is listed with the reason', async () => {
    const { cases, leftOut } = conformanceCasesFor(target);
    expect(leftOut.length).toBeGreaterThan(0);
    expect(cases.length + leftOut.length).toBe(conformanceCases.length);
    expect(new Set(leftOut.map(({ reason }) => reason))).toEqual(new Set(['the store cannot list its keys']));
    for (const { run } of cases.filter(({ group }) => group === 'capabilities')) await run(target);
  });
});

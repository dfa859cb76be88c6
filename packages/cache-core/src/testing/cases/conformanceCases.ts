import { capabilityCases } from './capabilityCases';
import { concurrencyCases } from './concurrencyCases';
import type { ConformanceCase, ConformanceTarget } from '../harness/conformanceTarget';
import { contractCases } from './contractCases';
import { definitionCases } from './definitionCases';
import { keyCases } from './keyCases';
import { lifecycleCases } from './lifecycleCases';
import { ttlCases } from './ttlCases';
import { valueCases } from './valueCases';

/** Everything that a driver promises, as data: each case can be run by any test runner. */
export const conformanceCases: readonly ConformanceCase[] = [
  ...definitionCases,
  ...contractCases,
  ...keyCases,
  ...ttlCases,
  ...valueCases,
  ...concurrencyCases,
  ...capabilityCases,
  ...lifecycleCases,
];

/** A case that says nothing about a driver, and why. */
export interface LeftOutCase {
  readonly name: string;
  readonly reason: string;
}

/** The cases for a driver, and those of capabilities that it lacks, each with the reason that the target gives. */
export function conformanceCasesFor({ lacks = {} }: ConformanceTarget): {
  readonly cases: readonly ConformanceCase[];
  readonly leftOut: readonly LeftOutCase[];
} {
  return {
    cases: conformanceCases.filter(({ capability }) => !capability || lacks[capability] === undefined),
    leftOut: conformanceCases.flatMap(({ name, capability }) => {
      const reason = capability && lacks[capability];
      return reason === undefined ? [] : [{ name, reason }];
    }),
  };
}

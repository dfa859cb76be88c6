import { addCases } from './addCases';
import { capabilityCases } from './capabilityCases';
import { concurrencyCases } from './concurrencyCases';
import type { ConformanceCase, ConformanceTarget } from '../harness/conformanceTarget';
import { contractCases } from './contractCases';
import { definitionCases } from './definitionCases';
import { entryCases } from './entryCases';
import { keyCases } from './keyCases';
import { lifecycleCases } from './lifecycleCases';
import { nearCases } from './nearCases';
import { ttlCases } from './ttlCases';
import { valueCases } from './valueCases';

/** The promises of a driver as data, for any test runner. */
export const conformanceCases: readonly ConformanceCase[] = [
  ...definitionCases,
  ...contractCases,
  ...keyCases,
  ...ttlCases,
  ...valueCases,
  ...concurrencyCases,
  ...capabilityCases,
  ...addCases,
  ...entryCases,
  ...nearCases,
  ...lifecycleCases,
];

/** A case that is left out for a driver, because the driver lacks the capability. */
export interface LeftOutCase {
  /** Name of the case. */
  readonly name: string;
  /** The reason that the target gives in `lacks`. */
  readonly reason: string;
}

/** The cases that a driver has to pass, and those left out because of the capabilities that it lacks. */
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

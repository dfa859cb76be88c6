import { faultCases } from './faultCases';
import { loadCases } from './loadCases';
import type { OutageCase } from './outageTarget';
import { refusalCases } from './refusalCases';
import { startAndCloseCases } from './startAndCloseCases';

/** The promises of a cache during outages as data, for any test runner. */
export const outageCases: readonly OutageCase[] = [...faultCases, ...refusalCases, ...startAndCloseCases, ...loadCases];

export type { Capability, ConformanceCase, ConformanceTarget } from './harness/conformanceTarget';
export { conformanceCases, conformanceCasesFor } from './cases/conformanceCases';
export type { LeftOutCase } from './cases/conformanceCases';
export { createFaultProxy } from './outages/faultProxy';
export type { Address, FaultProxy, ReplyFault } from './outages/faultProxy';
export { measureOutage } from './outages/measureOutage';
export type { Fault, OutageMeasures, OutagePlan } from './outages/measureOutage';
export { outageCases } from './outages/outageCases';
export type { OutageCase, OutageServer, OutageTarget } from './outages/outageTarget';

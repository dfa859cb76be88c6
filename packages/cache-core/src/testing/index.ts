export type { Capability, ConformanceCase, ConformanceTarget } from './conformanceCase';
export { conformanceCases, conformanceCasesFor } from './conformanceCases';
export type { LeftOutCase } from './conformanceCases';
export { createFaultProxy } from './faultProxy';
export type { Address, FaultProxy, ReplyFault } from './faultProxy';
export { measureOutage } from './outage';
export type { Fault, OutageMeasures, OutagePlan } from './outage';
export { outageCases } from './outageCases';
export type { OutageCase, OutageServer, OutageTarget } from './outageCases';

export type { Capability, ConformanceCase, ConformanceTarget } from './conformanceCase';
export { conformanceCases, conformanceCasesFor } from './conformanceCases';
export type { LeftOutCase } from './conformanceCases';

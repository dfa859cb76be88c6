export { memoryDriver } from './memoryDriver';
export type { MemoryOptions } from './memoryDriver';

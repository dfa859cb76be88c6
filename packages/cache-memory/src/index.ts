export { memoryDriver } from './memoryDriver';
export type { MemoryDriver, MemoryDriverDefinition, MemoryFigures, MemoryOptions } from './memoryDriver';

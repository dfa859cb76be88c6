export { memoryDriver } from './memoryDriver';
export type { MemoryDriver, MemoryDriverDefinition, MemoryFigures } from './memoryDriver';
export { memorySchema } from './memoryOptions';
export type { MemoryOptions } from './memoryOptions';

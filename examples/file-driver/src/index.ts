export { default } from './feature';
export { fileDriver } from './fileDriver';
export type { FileOptions } from './fileDriver';

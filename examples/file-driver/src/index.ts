export { default } from './feature';
export { fileDriver, fileSchema } from './fileDriver';
export type { FileOptions } from './fileDriver';

export { cachePlugin, cachePlugin as default } from './cachePlugin';

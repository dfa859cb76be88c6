export { cacheClearPermission, cacheReadPermission } from './access/permissions';
export { cachePlugin, cachePlugin as default } from './cachePlugin';

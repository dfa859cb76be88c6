/** The operations of a driver whose store is outside the process return promises. To be used as `RemoteOperations & CacheDriver`. */
export interface RemoteOperations {
  get(key: string): Promise<string | undefined>;
  set(key: string, value: string, ttlMs?: number): Promise<void>;
  delete(key: string): Promise<void>;
}

/** What the operations of a driver return when its store is not in the process: to be put in front of `CacheDriver`. */
export interface RemoteOperations {
  get(key: string): Promise<string | undefined>;
  set(key: string, value: string, ttlMs?: number): Promise<void>;
  delete(key: string): Promise<void>;
}

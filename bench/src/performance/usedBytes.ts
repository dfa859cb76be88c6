/** Of the heap after a collection, with what lies outside of it, such as typed arrays. */
export function usedBytes(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

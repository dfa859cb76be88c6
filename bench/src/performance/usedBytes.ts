/** Bytes of the heap after a garbage collection, plus memory outside the heap, such as that of typed arrays. */
export function usedBytes(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Resolves when `isTrue` says so, asked again and again. Rejects after `withinMs`. */
export async function until(what: string, isTrue: () => Promise<boolean> | boolean, withinMs: number): Promise<void> {
  const deadlineMs = performance.now() + withinMs;
  while (!(await isTrue())) {
    if (performance.now() > deadlineMs) throw new Error(`Not within ${withinMs} ms: ${what}`);
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}

/** What a promise comes to. Rejects with an error of its own when that takes longer than `withinMs`. */
export async function within<T>(withinMs: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`Not settled within ${withinMs} ms`)), withinMs);
  });
  return Promise.race([promise, expired]).finally(() => clearTimeout(timer));
}

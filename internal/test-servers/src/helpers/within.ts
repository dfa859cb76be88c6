/** Gives what `promise` resolves to. Rejects when that takes longer than `withinMs`. */
export async function within<T>(withinMs: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`Not settled within ${withinMs} ms`)), withinMs);
  });
  return Promise.race([promise, expired]).finally(() => clearTimeout(timer));
}

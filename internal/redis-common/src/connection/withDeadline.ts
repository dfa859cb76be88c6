/** Limits of a wait. */
export interface Deadline {
  readonly timeoutMs: number;
  /** The error to reject with when the time is up or the signal aborts. */
  readonly error: Error;
  /** Ends the wait at once. */
  readonly signal?: AbortSignal;
}

/** Settles like `promise`, or rejects with `error` when that takes too long. */
export async function withDeadline<T>(promise: Promise<T>, { timeoutMs, error, signal }: Deadline): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let giveUp = () => {};
  const expired = new Promise<never>((_resolve, reject) => {
    giveUp = () => reject(error);
    timer = setTimeout(giveUp, timeoutMs);
  });
  signal?.addEventListener('abort', giveUp);
  try {
    return await Promise.race([promise, expired]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', giveUp);
  }
}

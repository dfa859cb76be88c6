/** Gives what an operation rejects with, or `undefined` when it resolves. */
export async function errorOf(operation: Promise<unknown>): Promise<(Error & { readonly code: string }) | undefined> {
  return operation.then(
    () => undefined,
    (error: unknown) => error as Error & { readonly code: string },
  );
}

/** Polls every 10 ms until `isTrue` gives true. Rejects after `withinMs`; `what` names the condition in the error. */
export async function until(what: string, isTrue: () => Promise<boolean> | boolean, withinMs: number): Promise<void> {
  const deadlineMs = performance.now() + withinMs;
  while (!(await isTrue())) {
    if (performance.now() > deadlineMs) throw new Error(`Not within ${withinMs} ms: ${what}`);
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}

import { withDeadline } from './withDeadline';

describe('a deadline', () => {
  const error = new Error('late');
  const never = new Promise<never>(() => {});

  it('rejects with its error after the timeout or when the signal aborts', async () => {
    await expect(withDeadline(never, { timeoutMs: 1, error })).rejects.toBe(error);
    const aborting = new AbortController();
    const waiting = withDeadline(never, { timeoutMs: 60_000, error, signal: aborting.signal });
    aborting.abort();
    await expect(waiting).rejects.toBe(error);
  });

  it('returns a result that arrives in time', async () => {
    await expect(withDeadline(Promise.resolve(1), { timeoutMs: 60_000, error })).resolves.toBe(1);
  });
});

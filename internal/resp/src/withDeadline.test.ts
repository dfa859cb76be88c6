import { withDeadline } from './withDeadline';

describe('a deadline', () => {
  const error = new Error('late');
  const never = new Promise<never>(() => {});

  it('ends a wait with its error, after its time or when the signal says so', async () => {
    await expect(withDeadline(never, { timeoutMs: 1, error })).rejects.toBe(error);
    const aborting = new AbortController();
    const waiting = withDeadline(never, { timeoutMs: 60_000, error, signal: aborting.signal });
    aborting.abort();
    await expect(waiting).rejects.toBe(error);
  });

  it('leaves what is in time alone', async () => {
    await expect(withDeadline(Promise.resolve(1), { timeoutMs: 60_000, error })).resolves.toBe(1);
  });
});

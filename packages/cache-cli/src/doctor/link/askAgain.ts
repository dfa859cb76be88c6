import type { Deadline } from './deadline';
import type { Loss } from './respLink';

/**
 * Asks once more if there is no first answer, as the server may have closed the connection because of another question. The deadline closes
 * connections, too, so what is lost after it counts as `silent`.
 */
export async function askAgain<Answer extends object>(
  first: Answer,
  again: () => Promise<Answer>,
  { signal }: Deadline,
): Promise<Answer | { readonly lost: Loss }> {
  const answer = 'lost' in first && !signal.aborted ? await again() : first;
  return 'lost' in answer && signal.aborted ? { lost: 'silent' } : answer;
}

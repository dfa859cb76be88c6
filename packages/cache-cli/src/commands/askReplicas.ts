import type { Printer } from '../output/printer';
import { formatCount } from '../output/units';
import { toReplicas } from '../sources/routes';
import type { Replica } from '../sources/routes';
import type { CommandContext } from './commandContext';

/** The answer of one replica, or its error. */
export type ReplicaAnswer<Answer> =
  { readonly url: string; readonly answer: Answer } | { readonly url: string; readonly error: string };

/** Asks all replicas at once. A failure of one does not affect the others. */
export async function askReplicas<Answer>(
  { values, env, signal, redactor }: CommandContext,
  ask: (replica: Replica, index: number) => Promise<Answer>,
): Promise<ReplicaAnswer<Answer>[]> {
  const token = env.GREENROOM_CACHE_TOKEN?.trim() || undefined;
  if (token !== undefined) redactor.add(token);
  const replicas = toReplicas(values.url, { token, signal });
  const settled = await Promise.allSettled(replicas.map(ask));
  signal.throwIfAborted();
  return settled.map((result, index) => {
    const url = replicas[index]?.url ?? '';
    if (result.status === 'fulfilled') return { url, answer: result.value };
    return { url, error: result.reason instanceof Error ? result.reason.message : 'failed' };
  });
}

/** Shows how many entries a replica has listed. */
export function toProgress(printer: Printer, url: string): (entries: number) => void {
  return entries => printer.progress(`${url}: ${formatCount(entries)} entries listed`);
}

/** Says which replicas have failed, and why. Returns the exit code. */
export function noteFailures(context: CommandContext, answers: readonly ReplicaAnswer<unknown>[]): 0 | 1 {
  const failed = answers.filter(answer => 'error' in answer);
  for (const { url, error } of failed) context.printer.note(`${url} ${error}`);
  return failed.length > 0 ? 1 : 0;
}

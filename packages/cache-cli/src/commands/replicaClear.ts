import { listReplicaEntries } from '../sources/listReplicaEntries';
import type { ReplicaCleared } from '../sources/replicaBodies';
import { askReplicas, noteFailures, toProgress } from './askReplicas';
import type { CommandContext } from './commandContext';
import { noteUnreached, toNearText, toRemovedText } from './describeStore';

/** Removes the entries of a plugin through each replica, or counts them. */
export async function replicaClear(context: CommandContext, plugin: string): Promise<0 | 1> {
  const { printer, values } = context;
  const isDryRun = values['dry-run'];
  const answers = await askReplicas(context, async (replica): Promise<Cleared> => {
    if (!isDryRun) return replica.post<ReplicaCleared>('clear', { plugin });
    const { entries, instance, unreached } = await listReplicaEntries(
      replica,
      plugin,
      Infinity,
      toProgress(printer, replica.url),
    );
    return { plugin, entries: entries.length, instance, unreached };
  });
  const unreached = new Set(answers.flatMap(each => ('answer' in each ? (each.answer.unreached ?? []) : [])));
  if (values.json) {
    printer.json({
      ...{ version: 1, plugin, isDryRun },
      replicas: answers.map(each => ('answer' in each ? { url: each.url, ...each.answer } : each)),
    });
  } else {
    for (const each of answers) {
      if (!('answer' in each)) continue;
      const { instance, entries, scope, maxStalenessMs } = each.answer;
      const reach =
        scope === undefined
          ? ''
          : scope === 'process'
            ? ' From this replica alone.'
            : ' From the store that all replicas share.';
      printer.line(
        `${each.url}, instance ${instance}, plugin ${plugin}: ${toRemovedText(entries, isDryRun)}${reach}${toNearText(maxStalenessMs)}`,
      );
    }
  }
  noteUnreached(
    printer,
    [...unreached],
    isDryRun ? 'Their entries are not counted.' : 'What they hold is still there.',
  );
  return noteFailures(context, answers) || (unreached.size > 0 ? 1 : 0);
}

type Cleared = Omit<ReplicaCleared, 'scope'> & Partial<Pick<ReplicaCleared, 'scope'>>;

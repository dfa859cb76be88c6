import type { Replica } from '../sources/routes';
import { listReplicaEntries } from '../sources/listReplicaEntries';
import { askReplicas, noteFailures, toProgress } from './askReplicas';
import type { CommandContext } from './commandContext';
import { printEntries } from './printEntries';

/** Lists the entries of a plugin that the replicas hold, each in its memory or in their shared store. */
export async function replicaInspect(context: CommandContext, plugin: string, limit: number): Promise<0 | 1> {
  const { printer, values } = context;
  const answers = await askReplicas(context, (replica: Replica) =>
    listReplicaEntries(replica, plugin, limit, toProgress(printer, replica.url)),
  );
  if (values.json) {
    printer.json({
      ...{ version: 1, plugin },
      replicas: answers.map(each => ('answer' in each ? { url: each.url, ...each.answer } : each)),
    });
  } else {
    for (const each of answers) {
      if (!('answer' in each)) continue;
      const { instance, entries, hasMore, isApproximate } = each.answer;
      const note = isApproximate ? '; a few entries may be missing' : '';
      printer.line(`${each.url}, instance ${instance}, plugin ${plugin}${note}`);
      printEntries(printer, entries, hasMore, Date.now());
      printer.line();
    }
  }
  return noteFailures(context, answers);
}

import type { Setting } from './results';
import type { Access, Store } from './openSubject';
import type { LimitProgram, Subject } from './subject';
import type { Trial, TrialQuestion } from './trial';
import { startWorker } from './worker';

/** A subject in a process of its own. */
export interface StartedSubject {
  readonly subject: Subject | LimitProgram;
  readonly store: Store;
  readonly setting: Setting;
  run(question: TrialQuestion): Promise<Trial>;
  stop(): Promise<void>;
}

export function startSubject(
  subject: Subject,
  store: Store,
  access: Access,
  setting: Setting = 'alone',
): StartedSubject {
  const worker = startWorker<TrialQuestion, Trial>('./subjectProcess.ts', [subject, store, JSON.stringify(access)]);
  return { subject, store, setting, run: question => worker.ask(question), stop: () => worker.stop() };
}

import type { Setting } from './results';
import type { Access, Store } from './openSubject';
import type { LimitProgram, Subject } from './subject';
import type { Trial, TrialQuestion } from './trial';
import { startWorker } from './worker';
import type { Worker } from './worker';

/** A subject in a process of its own, which starts with its first trial. */
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
  const args = [subject, store, JSON.stringify(access)];
  let worker: Worker<TrialQuestion, Trial> | undefined;
  return {
    ...{ subject, store, setting },
    run(question) {
      worker ??= startWorker('./subjectProcess.ts', args);
      return worker.ask(question);
    },
    stop: async () => worker?.stop(),
  };
}

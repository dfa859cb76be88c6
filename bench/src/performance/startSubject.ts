import type { Setting } from './results';
import type { Access, Store } from './openSubject';
import type { LimitProgram, Subject } from './subject';
import type { Trial, TrialQuestion } from './trial';
import { startWorker } from './worker';
import type { Worker } from './worker';

/** A subject in its own process, which starts at the first trial. */
export interface StartedSubject {
  readonly subject: Subject | LimitProgram;
  readonly store: Store;
  readonly setting: Setting;
  run(question: TrialQuestion): Promise<Trial>;
  stop(): Promise<void>;
}

/** Time in which V8 compiles the hot code, which differs between subjects. */
const WARM_UP_MS = 700;

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
    async run(question) {
      if (!worker) {
        worker = startWorker('./subjectProcess.ts', args);
        if (question.durationMs > 0) await worker.ask({ ...question, durationMs: WARM_UP_MS });
      }
      return worker.ask(question);
    },
    stop: async () => worker?.stop(),
  };
}

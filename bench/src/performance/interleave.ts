import type { Measured } from './results';
import type { StartedSubject } from './startSubject';
import type { Trial, TrialQuestion } from './trial';

/** What one subject is asked in each round. */
export interface Turn {
  readonly started: StartedSubject;
  readonly question: TrialQuestion;
}

/** Before those that count. */
const WARM_UP_ROUNDS = 2;

/** Rounds of all turns, so that what disturbs the machine disturbs all. */
export async function interleave(turns: readonly Turn[], rounds: number): Promise<readonly Measured[]> {
  const trials = turns.map(() => [] as Trial[]);
  for (let round = 1 - WARM_UP_ROUNDS; round <= rounds; round++) {
    for (const [index, { started, question }] of turns.entries()) {
      const trial = await started.run(question);
      if (round > 0) trials[index]?.push(trial);
    }
  }
  return turns.map(({ started: { subject, store, setting }, question }, index) => {
    const { operation, size, callers, burst, plugins, hotPercent } = question;
    return {
      ...{ store, subject, setting, operation, size, callers, burst, plugins, hotPercent },
      trials: trials[index] ?? [],
    };
  });
}

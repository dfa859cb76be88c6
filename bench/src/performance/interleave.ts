import type { Measured } from './results';
import type { StartedSubject } from './startSubject';
import type { Trial, TrialQuestion } from './trial';

/** A question that one subject is asked in each round. */
export interface Turn {
  readonly started: StartedSubject;
  readonly question: TrialQuestion;
}

export interface InterleavePlan {
  readonly rounds: number;
  /** Measures only these kinds, together with everything else that their subjects are asked. Absent: all turns. */
  readonly only?: readonly Measured[] | undefined;
}

/** Rounds before those that count. */
const WARM_UP_ROUNDS = 2;

/** Runs all turns in each round, so that a disturbance of the machine affects all of them. */
export async function interleave(
  turns: readonly Turn[],
  { rounds, only }: InterleavePlan,
): Promise<readonly Measured[]> {
  const wanted = only ? wantedTurns(turns, only) : turns;
  const trials = wanted.map(() => [] as Trial[]);
  for (let round = 1 - WARM_UP_ROUNDS; round <= rounds; round++) {
    for (const [index, { started, question }] of wanted.entries()) {
      const trial = await started.run(question);
      if (round > 0) trials[index]?.push(trial);
    }
  }
  return wanted.map((turn, index) => ({ ...toKind(turn), trials: trials[index] ?? [] }));
}

/** The same with its own processes, which are stopped at the end. */
export async function interleaveStarted(
  started: readonly StartedSubject[],
  toTurns: (started: readonly StartedSubject[]) => readonly Turn[],
  plan: InterleavePlan,
): Promise<readonly Measured[]> {
  try {
    return await interleave(toTurns(started), plan);
  } finally {
    await Promise.all(started.map(one => one.stop()));
  }
}

/** Asks all subjects each question before the next one. */
export function askAll(questions: readonly TrialQuestion[]): (started: readonly StartedSubject[]) => readonly Turn[] {
  return started => questions.flatMap(question => started.map(one => ({ started: one, question })));
}

/**
 * The turns of the wanted subjects; empty unless these turns include every wanted kind. Each subject is asked everything that it is usually
 * asked, because one question can make the next one slower.
 */
function wantedTurns(turns: readonly Turn[], only: readonly Measured[]): readonly Turn[] {
  const isThere = (measured: Measured) => turns.some(turn => isOfKind(measured, toKind(turn)));
  if (!only.every(isThere)) return [];
  return turns.filter(({ started }) =>
    only.some(({ subject, setting }) => subject === started.subject && setting === started.setting),
  );
}

function toKind({ started, question }: Turn): Omit<Measured, 'trials'> {
  const { subject, store, setting } = started;
  const { operation, size, callers, burst, plugins, hotPercent } = question;
  return { store, subject, setting, operation, size, callers, burst, plugins, hotPercent };
}

function isOfKind(measured: Measured, kind: Omit<Measured, 'trials'>): boolean {
  return (Object.keys(kind) as (keyof typeof kind)[]).every(name => measured[name] === kind[name]);
}

import type { ProgramOutput } from './output/programOutput';

/** What the process provides to the program. */
export interface ProgramHost {
  /** Folder in which it was started. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: ProgramOutput;
  readonly stderr: ProgramOutput;
  /** Fires when the program has to stop. */
  readonly signal: AbortSignal;
}

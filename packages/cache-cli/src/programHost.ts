import type { ProgramOutput } from './output/programOutput';

/** What the program gets from the process that it runs in. */
export interface ProgramHost {
  /** Folder that it is started in. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: ProgramOutput;
  readonly stderr: ProgramOutput;
  /** Fires when the program has to stop. */
  readonly signal: AbortSignal;
}

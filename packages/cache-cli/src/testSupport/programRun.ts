/** The result of a run of the program. */
export interface ProgramRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to run it. */
export interface RunOptions {
  /** Folder inside the app. @defaultValue the app itself */
  readonly folder?: string;
  readonly env?: Readonly<Record<string, string>>;
}

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

/** Where text goes to: a terminal, a pipe, a file. */
export interface ProgramOutput {
  write(text: string): unknown;
  /** Whether a person looks at it. @defaultValue false */
  readonly isTTY?: boolean;
  /** Width of the terminal, in characters. @defaultValue as wide as the text */
  readonly columns?: number;
}

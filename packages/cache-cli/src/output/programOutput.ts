/** Where the program writes: to a terminal, a pipe or a file. */
export interface ProgramOutput {
  write(text: string): unknown;
  /** Whether it is a terminal. @defaultValue false */
  readonly isTTY?: boolean;
  /** Width of the terminal, in characters. @defaultValue 80 */
  readonly columns?: number;
}

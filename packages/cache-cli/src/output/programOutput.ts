/** Where text goes to: a terminal, a pipe, a file. */
export interface ProgramOutput {
  write(text: string): unknown;
  /** Whether a person looks at it. @defaultValue false */
  readonly isTTY?: boolean;
  /** Width of the terminal, in characters. @defaultValue 80 */
  readonly columns?: number;
}

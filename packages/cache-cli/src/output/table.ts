/** A column of a table. */
export interface Column {
  readonly heading: string;
  /** Aligns the column to the right, as for numbers. @defaultValue false */
  readonly isNumber?: boolean;
}

/** The lines of a table: headings and rows, two spaces between columns. */
export function toTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const lines = [columns.map(({ heading }) => heading), ...rows];
  const widths = columns.map((_, index) => Math.max(...lines.map(cells => toWidth(cells[index] ?? ''))));
  return lines.map(cells =>
    columns
      .map(({ isNumber = false }, index) => {
        const cell = cells[index] ?? '';
        const space = ' '.repeat((widths[index] ?? 0) - toWidth(cell));
        return isNumber ? space + cell : cell + space;
      })
      .join('  ')
      .trimEnd(),
  );
}

function toWidth(text: string): number {
  return [...text].length;
}

import { createPrinter } from './printer';
import { createRedactor } from './redactor';

function record(isTTY = false) {
  const written: string[] = [];
  const errors: string[] = [];
  const redactor = createRedactor();
  const stdout = { write: (text: string) => written.push(text) };
  const stderr = { write: (text: string) => errors.push(text), isTTY, columns: 20 };
  return { written, errors, redactor, printer: createPrinter(stdout, stderr, redactor) };
}

it('prints a table with numbers aligned right', () => {
  const { printer, written } = record();
  printer.table(
    [{ heading: 'PLUGIN' }, { heading: 'ENTRIES', isNumber: true }],
    [
      ['catalog', '12,345'],
      ['a', '1'],
    ],
  );
  expect(written.join('')).toBe('PLUGIN   ENTRIES\ncatalog   12,345\na              1\n');
});

it('escapes characters that could control a terminal', () => {
  const { printer, written, errors } = record();
  printer.line('a\u001b[31mb\nc\u202ed');
  printer.note('\u0007');
  expect(written).toEqual(['a\\u001b[31mb\\u000ac\\u202ed\n']);
  expect(errors).toEqual(['\\u0007\n']);
});

it('masks secrets in every kind of output and keeps JSON valid', () => {
  const { printer, written, errors, redactor } = record();
  redactor.add('entries');
  redactor.add('hunter2');
  printer.line('password hunter2!');
  printer.note('password hunter2!');
  printer.table([{ heading: 'KEY' }], [['hunter2']]);
  printer.json({ key: ['hunter2"', 1, null, { entries: true }] });
  expect(written.join('')).not.toContain('hunter2');
  expect(errors).toEqual(['password ***!\n']);
  expect(JSON.parse(written.at(-1) ?? '')).toEqual({ key: ['***"', 1, null, { '***': true }] });
});

it('shows progress on one line of a terminal and erases it before the next output', () => {
  jest.useFakeTimers();
  const { printer, written, errors } = record(true);
  jest.advanceTimersByTime(100);
  printer.progress('a progress that is longer than the terminal');
  printer.progress('too soon');
  jest.useRealTimers();
  printer.line('done');
  expect(errors).toEqual(['\r\u001b[2Ka progress that is ', '\r\u001b[2K']);
  expect(written).toEqual(['done\n']);
});

it('prints progress as a line every 5 s when stderr is not a terminal', () => {
  jest.useFakeTimers();
  try {
    const { printer, errors } = record();
    for (let entries = 0; entries < 12; entries++) {
      jest.advanceTimersByTime(1000);
      printer.progress(`${entries} entries`);
    }
    expect(errors).toEqual(['4 entries\n', '9 entries\n']);
  } finally {
    jest.useRealTimers();
  }
});

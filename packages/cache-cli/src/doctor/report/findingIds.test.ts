import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findingIds } from './findingIds';
import { createFindings } from './findings';

const page = readFileSync(join(__dirname, '../../../../../docs/operations.md'), 'utf8');
const headings = [...page.matchAll(/^#+ (.*)$/gm)].map(([, text = '']) => text);

it('each id has a heading in docs/operations.md, and each heading of a finding is an id', () => {
  const ofFindings = headings.filter(text => /^`[a-z.-]+`$/.test(text)).map(text => text.slice(1, -1));
  expect([...ofFindings].sort()).toEqual([...findingIds].sort());
});

it('a finding leads to the anchor of its heading', () => {
  const findings = createFindings();
  for (const id of findingIds) findings.add({ id, severity: 'info', title: id, detail: '', fix: '' });
  // As GitHub makes it: in lower case, without any character but letters, digits, `-` and `_`.
  const anchors = new Set(
    headings.map(
      text =>
        `docs/operations.md#${text
          .toLowerCase()
          .replace(/[^\w -]/g, '')
          .replaceAll(' ', '-')}`,
    ),
  );
  expect(findings.list().filter(({ docs }) => !anchors.has(docs))).toEqual([]);
});

it('the worst is first, and what was found twice at a server is listed once', () => {
  const findings = createFindings();
  const finding = { id: 'memory.full', title: 'full', detail: '', fix: '' } as const;
  findings.add({ ...finding, severity: 'info', server: 'one:1' });
  findings.notChecked({
    server: 'one:1',
    command: 'INFO',
    about: 'the memory',
    reason: 'of a missing right',
    right: '+info',
  });
  findings.add({ ...finding, severity: 'error', server: 'two:2' });
  findings.add({ ...finding, severity: 'info', server: 'one:1' });
  expect(findings.list().map(({ id, severity, server }) => [id, severity, server])).toEqual([
    ['memory.full', 'error', 'two:2'],
    ['memory.full', 'info', 'one:1'],
    ['not-checked', 'info', 'one:1'],
  ]);
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findingIds } from './findingIds';
import { createFindings } from './findings';

const page = readFileSync(join(__dirname, '../../../../../docs/operations.md'), 'utf8');
const headings = [...page.matchAll(/^#+ (.*)$/gm)].map(([, text = '']) => text);

it('the headings of findings in docs/operations.md are exactly the finding ids', () => {
  const ofFindings = headings.filter(text => /^`[a-z.-]+`$/.test(text)).map(text => text.slice(1, -1));
  expect([...ofFindings].sort()).toEqual([...findingIds].sort());
});

it('the docs link of each finding points to an existing heading of docs/operations.md', () => {
  const findings = createFindings();
  for (const id of findingIds) findings.add({ id, severity: 'info', title: id, detail: '', fix: '' });
  // Anchors as GitHub makes them: in lower case, only with letters, digits, `-` and `_`.
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

it('the list starts with the most severe finding and has no duplicates for one server', () => {
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

it('a repeated finding keeps its highest severity', () => {
  const findings = createFindings();
  for (const severity of ['warning', 'error', 'info'] as const)
    findings.add({ id: 'connect.silent', title: 'silent', detail: '', fix: '', server: 'one:1', severity });
  expect(findings.list()).toMatchObject([{ id: 'connect.silent', severity: 'error' }]);
});

it('skipped checks that need the same right are merged into one finding, also across servers', () => {
  const findings = createFindings();
  const question = {
    command: 'INFO memory',
    about: 'the memory',
    reason: 'the user has no right for it',
    right: '+info',
  };
  for (const server of ['one:1', 'two:2']) {
    findings.notChecked({ ...question, server });
    findings.notChecked({ ...question, server, command: 'INFO clients', about: 'the clients' });
  }
  findings.notChecked({ server: 'two:2', command: 'TIME', about: 'the clock', reason: 'the server does not know it' });
  expect(findings.list()).toEqual([
    {
      ...{
        id: 'not-checked',
        severity: 'info',
        title: 'Not checked: the memory, the clients',
        docs: 'docs/operations.md#not-checked',
      },
      detail:
        'At one:1, two:2: INFO memory, INFO clients would tell, but the user has no right for it. This is not a fault.',
      fix: 'To have it checked, give the user the right +info; the cache itself does not need it.',
    },
    {
      ...{
        id: 'not-checked',
        severity: 'info',
        title: 'Not checked: the clock',
        docs: 'docs/operations.md#not-checked',
      },
      server: 'two:2',
      detail: 'TIME would tell, but the server does not know it. This is not a fault.',
      fix: 'Ask the server by other means, or leave it.',
    },
  ]);
});

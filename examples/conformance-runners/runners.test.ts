import { exec } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { conformanceCasesFor } from '@greenroom/cache-core/testing';
import { target } from './target.js';
import { userNamesTests } from './userNamesTests.js';

const { scripts } = JSON.parse(readFileSync(join(__dirname, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};

interface Outcome {
  readonly exitCode: unknown;
  readonly output: string;
}

/** Runs a script of this package on the built suite, as npm would for a reader of the example, but without the second that npm takes. */
function runScript(script: string, environment: Record<string, string> = {}): Promise<Outcome> {
  return new Promise(resolve => {
    const PATH = [join(__dirname, 'node_modules/.bin'), process.env.PATH].join(delimiter);
    const env = { ...process.env, PATH, ...environment };
    exec(scripts[script] ?? '', { cwd: __dirname, env }, (error, stdout, stderr) =>
      resolve({ exitCode: error?.code ?? 0, output: stripVTControlCharacters(stdout + stderr) }),
    );
  });
}

const testCount = conformanceCasesFor(target).cases.length + userNamesTests.length;

// The tests are concurrent, as each mostly waits for entries to expire.
describe('the conformance suite, and the tests of a plugin with the test cache', () => {
  const runners = [
    { script: 'test:jest', passed: /^Tests: .*?(\d+) passed/m },
    { script: 'test:vitest', passed: /^ *Tests .*?(\d+) passed/m },
    { script: 'test:node', passed: /^\S+ pass (\d+)$/m },
  ];

  it.concurrent.each(runners)(
    'pass under $script with a correct driver, and run every case',
    async ({ script, passed }) => {
      const { exitCode, output } = await runScript(script);
      // On a failure, the assertion shows the output.
      const outcome = { exitCode, passed: Number(passed.exec(output)?.[1]), ...(exitCode !== 0 && { output }) };
      expect(outcome).toEqual({ exitCode: 0, passed: testCount });
    },
  );

  it.concurrent.each(runners)(
    'fail under $script with a broken driver, and name the broken case',
    async ({ script, passed }) => {
      const { exitCode, output } = await runScript(script, { TINY_DRIVER: 'forgetful' });
      expect(exitCode).toBe(1);
      expect(output).toMatch(/(✕|×|✖|not ok).* contract: a delete removes its key/);
      expect(Number(passed.exec(output)?.[1])).toBeLessThan(testCount);
    },
  );
});

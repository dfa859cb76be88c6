import { commandNames, commandTable } from './commandTable';
import type { CommandDefinition } from './commandTable';
import { toHelpText } from './helpText';
import { optionTable, toOptionUsage } from './options';
import { parseArguments } from './parseArguments';

it('reads a command and its options', () => {
  const args = ['clear', '--plugin', 'catalog', '--dry-run', '--config', 'a.yaml', '--config=b.yaml', '--json'];
  expect(parseArguments(args)).toEqual({
    kind: 'run',
    command: 'clear',
    values: { plugin: 'catalog', config: ['a.yaml', 'b.yaml'], url: [], 'dry-run': true, strict: false, json: true },
  });
});

it.each([[[]], [['--help']], [['-h']], [['help']]])('gives help for the arguments %j', args => {
  expect(parseArguments(args)).toEqual({ kind: 'help' });
});

it.each(commandNames)('gives help for %s, even without its required options', command => {
  expect(parseArguments([command, '--help'])).toEqual({ kind: 'help', command });
  expect(parseArguments([command, '-h'])).toEqual({ kind: 'help', command });
});

it('gives the version', () => expect(parseArguments(['--version'])).toEqual({ kind: 'version' }));

it.each<[readonly string[], string]>([
  [['stat'], "'stat' is not a command: give one of"],
  [['--json', 'stats'], 'The first argument has to be a command: give one of'],
  [['inspect'], 'inspect needs --plugin ID, for example --plugin catalog'],
  [['inspect', '--plugin'], '--plugin needs a value: --plugin ID'],
  [['inspect', '--plugin', '--json'], '--plugin needs a value: --plugin ID'],
  [['inspect', '--plugin='], '--plugin needs a value: --plugin ID'],
  [['inspect', '--plugin', 'a', '--plugin', 'b'], '--plugin is given twice, and inspect takes one'],
  [['inspect', '--plgin', 'a'], '--plgin is not an option of inspect. Options of inspect: --plugin ID, --limit COUNT'],
  [['stats', '--dry-run'], '--dry-run is not an option of stats. Options of stats: --config FILE'],
  [['stats', '--json=yes'], '--json takes no value'],
  [['stats', 'catalog'], 'stats takes only options, and argument 1 after it is not one'],
  [['stats', '--token', 'x'], 'environment variable GREENROOM_CACHE_TOKEN'],
])('refuses %j and says what to do', (args, message) => {
  expect(() => parseArguments(args)).toThrow(expect.objectContaining({ name: 'UsageError' }));
  expect(() => parseArguments(args)).toThrow(message);
});

it.each([
  [['hunter2Secret']],
  [['stats', 'hunter2Secret']],
  [['stats', '--token=hunter2Secret']],
  [['stats', '--token', 'hunter2Secret']],
  [['stats', '-phunter2Secret']],
  [['stats', '--hunter2Secret']],
  [['stats', '--json=hunter2Secret']],
])('never shows a possible secret in the error: %j', args => {
  expect(() => parseArguments(args)).toThrow();
  expect(() => parseArguments(args)).not.toThrow(/hunter2/);
});

it.each(commandNames)('the help of %s explains each of its options and wraps at 120 columns', command => {
  const { required, optional }: CommandDefinition = commandTable[command];
  const help = toHelpText(command).replace(/\s+/g, ' ');
  for (const name of [...required, ...optional])
    expect(help).toContain(`${toOptionUsage(name)} ${optionTable[name].text}`);
  expect(
    Math.max(
      ...toHelpText(command)
        .split('\n')
        .slice(3)
        .map(line => line.length),
    ),
  ).toBeLessThanOrEqual(120);
});

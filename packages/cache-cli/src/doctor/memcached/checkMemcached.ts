import { randomBytes } from 'node:crypto';
import type { Deadline } from '../link/deadline';
import { lineOf } from '../link/textLink';
import { watchIdle } from '../link/watchIdle';
import { addWatchedIdle } from '../resp/clients';
import { addLatency, measureRoundTrips } from '../report/latency';
import { checkListed } from './listed';
import type { MemcachedExamination, MemcachedServer } from './memcachedExamination';
import { checkStats } from './stats';

/** Runs all checks of one memcached server that accepts the cache's login. */
export async function checkMemcached(server: MemcachedServer, examination: MemcachedExamination): Promise<void> {
  const { name } = server;
  examination.progress(`asking ${name}`);
  await Promise.all([
    checkLatency(server, examination),
    checkVersion(server, examination),
    checkCommands(server, examination),
    checkStats(server, examination),
    checkListed(server, examination),
    checkIdle(server, examination),
  ]);
}

async function checkIdle(server: MemcachedServer, { findings, deadline }: MemcachedExamination): Promise<void> {
  const link = await server.open();
  const greeting = await link?.send('version', deadline.left());
  const idle = watchIdle(greeting && 'lines' in greeting ? link : undefined, deadline);
  if (await isDirect(server, deadline)) idle.stop();
  const seconds = await idle.seconds;
  if (seconds !== undefined) await addWatchedIdle(findings, server.name, seconds, server.open);
}

/** Whether the server sees this end's own address, which means that no proxy is in between. */
async function isDirect({ open }: MemcachedServer, deadline: Deadline): Promise<boolean> {
  const link = await open();
  const connections = await link?.send('stats conns', Math.min(500, deadline.left()));
  link?.close();
  return (
    connections !== undefined && 'lines' in connections && connections.text.includes(`addr tcp:${link?.localName}\r`)
  );
}

async function checkLatency(
  server: MemcachedServer,
  { findings, deadline, commandTimeoutMs }: MemcachedExamination,
): Promise<void> {
  const link = await server.open();
  if (!link) return;
  const times = await measureRoundTrips(async () => 'lines' in (await link.send('version', deadline.left())));
  link.close();
  addLatency(findings, server.name, times, commandTimeoutMs);
}

async function checkVersion({ name: server, ask }: MemcachedServer, { findings }: MemcachedExamination): Promise<void> {
  const [, version, major, minor] = /^VERSION ((\d+)\.(\d+)[.\d]*)/.exec(lineOf(await ask('version'))) ?? [];
  if (version === undefined) {
    findings.notChecked({
      server,
      command: 'version',
      about: 'the version of the server',
      reason: 'the server, or a proxy before it, does not say',
    });
  } else if (Number(major) < 1 || (Number(major) === 1 && Number(minor) < 6)) {
    findings.add({
      ...{ id: 'server.old', severity: 'warning', server, title: `The server is old: memcached ${version}` },
      detail: `It has version ${version}, and versions before 1.6 get no security fixes any more. Greenroom is not tested with it.`,
      fix: 'Upgrade the server.',
    });
  }
}

/** Tries each command that the cache sends, on a key of the doctor's own, and removes the key. */
async function checkCommands(
  { name: server, ask }: MemcachedServer,
  { findings }: MemcachedExamination,
): Promise<void> {
  const key = `cache:doctor-${randomBytes(8).toString('hex')}`;
  const header = `#1 ${key} ${Date.now() + 5000} `;
  const data = `0 5 ${Buffer.byteLength(header) + 8}\r\n${header}"doctor"`;
  const trials = [
    { command: 'set', line: `set ${key} ${data}`, expected: /^STORED$/, without: 'nothing is stored' },
    { command: 'get', line: `get ${key}`, expected: /^(?:VALUE|END)/, without: 'every read is a miss' },
    {
      command: 'add',
      line: `add ${key} ${data}`,
      expected: /^(?:NOT_)?STORED$/,
      without: 'several processes load the same value',
    },
    {
      command: 'delete',
      line: `delete ${key}`,
      expected: /^(?:DELETED|NOT_FOUND)$/,
      without: 'nothing can be deleted',
    },
  ];
  for (const { command, line, expected, without } of trials) {
    const answer = await ask(line);
    const reply = lineOf(answer);
    // Neither says anything about the command.
    if ('lost' in answer && (answer.lost === 'silent' || answer.lost === 'unconnected')) return;
    if (expected.test(reply)) continue;
    if (/out of memory/i.test(reply)) {
      findings.add({
        ...{ id: 'memory.full', severity: 'error', server, title: 'The server is out of memory and refuses writes' },
        detail: 'A set was refused (out of memory storing object).',
        fix: 'Raise its memory (-m), and run it without -M, so that it evicts what was used least.',
      });
    } else {
      findings.add({
        ...{ id: 'command.missing', severity: command === 'add' ? 'warning' : 'error', server },
        title: `The server does not take ${command}`,
        detail: `${command} was ${'lost' in answer ? 'answered by closing the connection' : 'refused'}, by the server or a proxy before it. Without it ${without}.`,
        fix: 'Allow the command in the proxy, or connect to the server itself.',
      });
    }
  }
}

import { isRefusal, listOf } from '../link/reply';
import type { Examination, RespServer } from './examination';
import { whyNot } from './facts';

const MAX_SKEW_MS = 5000;

/** Compares the server's clock with the clock of this machine. */
export async function checkClock(
  { name: server, session }: RespServer,
  { findings }: Pick<Examination, 'findings'>,
): Promise<void> {
  const sent = Date.now();
  const answer = await session.ask('TIME');
  const received = Date.now();
  const [seconds, microseconds] = 'reply' in answer ? listOf(answer.reply) : [];
  if ('lost' in answer || isRefusal(answer.reply) || seconds === undefined) {
    findings.notChecked({
      ...whyNot(answer, '+time'),
      server,
      command: 'TIME',
      about: 'whether the clock of the server is right',
    });
    return;
  }
  addSkew(findings, server, Number(seconds) * 1000 + Number(microseconds) / 1000, sent, received);
}

/** Adds that two clocks differ by more than 5 s. The duration of the question is not counted as a difference. */
export function addSkew(
  findings: Examination['findings'],
  server: string,
  theirs: number,
  sent: number,
  received: number,
): void {
  const ahead = theirs > received ? theirs - received : Math.min(0, theirs - sent);
  if (!(Math.abs(ahead) > MAX_SKEW_MS)) return;
  findings.add({
    ...{ id: 'clock.skew', severity: 'warning', server, title: 'The clocks differ' },
    detail:
      `The clock of the server is ${(Math.abs(ahead) / 1000).toFixed(1)} s ${ahead > 0 ? 'ahead of' : 'behind'} that of this machine. ` +
      'Backends whose clocks differ disagree about when an entry ends, and Memcached ends ttls of more than 30 days by its own clock.',
    fix: 'Synchronise the clocks of all machines, by NTP.',
  });
}

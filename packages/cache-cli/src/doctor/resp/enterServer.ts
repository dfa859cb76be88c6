import type { NodeAccess } from '@greenroom/redis-common';
import { isLocal } from '../link/endpoint';
import type { Deadline } from '../link/deadline';
import type { Endpoint } from '../link/endpoint';
import { openSocket } from '../link/openSocket';
import type { OpenFailure } from '../link/openSocket';
import { isRefusal } from '../link/reply';
import { createRespLink } from '../link/respLink';
import type { Answer, RespLink } from '../link/respLink';
import { createSession } from '../link/session';
import type { Session } from '../link/session';
import { addConnectFailure } from '../report/connectFailure';
import type { Severity } from '../report/findings';
import { checkTls, clientCertificate, wantsCertificate } from '../tls/checkTls';
import { addTrust, isTlsServer, tlsRequired } from '../tls/plain';
import type { Examination } from './examination';
import { isUnknownCommand, meaningOf, wordOf } from './refusals';

const GREETING_MS = 900;

/** Connects and logs in as the cache does. Returns `undefined` when that fails, and adds the reason to the findings. */
export async function enterServer(
  endpoint: Endpoint,
  access: Pick<NodeAccess, 'username' | 'password' | 'database'>,
  { findings, deadline, progress }: Pick<Examination, 'findings' | 'deadline' | 'progress'>,
  severity: Severity = 'error',
): Promise<Session | undefined> {
  const { name: server, tls } = endpoint;
  progress(`connecting to ${server}`);
  if (tls && !(await checkTls(endpoint, speaksPlainly, { findings, deadline }))) return undefined;
  addTrust(endpoint, access.password !== undefined, isLocal(endpoint.place), findings);
  const opened = await openSocket(endpoint, deadline);
  if ('failure' in opened) {
    addConnectFailure(findings, server, opened.failure, severity);
    return undefined;
  }
  const link = createRespLink(opened.socket);
  const greeting = await link.send(['PING'], Math.min(GREETING_MS, deadline.left()));
  const problem = await explainGreeting(endpoint, greeting, deadline);
  if (problem) {
    link.close();
    if ('stage' in problem) addConnectFailure(findings, server, problem, severity);
    else findings.add({ ...problem, server });
    return undefined;
  }
  const login = toLogin(access);
  if (await logIn(link, login, server, { findings, deadline })) {
    // The server has answered before, so it went away meanwhile, or takes no more connections.
    const onFailure = (failure: OpenFailure) => addConnectFailure(findings, server, failure, severity);
    return createSession({ endpoint, login, deadline, first: link, onFailure });
  }
  link.close();
  return undefined;
}

/** Whether the server answers without TLS. Sends nothing but PING. */
async function speaksPlainly({ name, place }: Endpoint, deadline: Deadline): Promise<boolean> {
  const opened = await openSocket({ name, place }, deadline, 500);
  if ('failure' in opened) return false;
  const link = createRespLink(opened.socket);
  const answer = await link.send(['PING'], Math.min(500, deadline.left()));
  link.close();
  return 'reply' in answer;
}

async function explainGreeting(endpoint: Endpoint, greeting: Answer, deadline: Deadline) {
  if ('lost' in greeting) {
    const { lost, code = 'CLOSED' } = greeting;
    if (wantsCertificate(code)) return clientCertificate(code);
    if (!endpoint.tls && (await isTlsServer(endpoint, deadline))) return tlsRequired;
    if (lost === 'garbage') return otherServer;
    if (lost === 'silent') return { stage: 'greeting', code: 'SILENT' } as const;
    return { stage: 'greeting', code } as const;
  }
  const { reply } = greeting;
  if (!isRefusal(reply) || wordOf(reply.refusal) === 'NOAUTH' || wordOf(reply.refusal) === 'NOPERM') return undefined;
  if (isUnknownCommand(reply.refusal)) return undefined;
  const meaning = meaningOf(reply.refusal);
  // Other errors are not about entering: a cluster that is down, or a replica without its master, still accepts clients.
  return meaning && /^(?:auth|clients|connect)/.test(meaning.id) ? meaning : undefined;
}

const otherServer = {
  ...{ id: 'connect.failed' as const, severity: 'error' as const, title: 'Something else answers at this port' },
  detail:
    'The answer is not in the protocol of Redis and Valkey: the port may be that of a web server, or of Memcached.',
  fix: 'Check host, port and store in backend.cache.',
};

function toLogin({ username, password, database }: Pick<NodeAccess, 'username' | 'password' | 'database'>) {
  const login: string[][] = [];
  if (username !== undefined) login.push(['AUTH', username, password ?? '']);
  else if (password !== undefined) login.push(['AUTH', password]);
  if (database) login.push(['SELECT', String(database)]);
  return login;
}

async function logIn(
  link: RespLink,
  login: readonly (readonly string[])[],
  server: string,
  { findings, deadline }: Pick<Examination, 'findings' | 'deadline'>,
): Promise<boolean> {
  for (const words of login) {
    const answer = await link.send(words, Math.min(GREETING_MS, deadline.left()));
    if ('lost' in answer) {
      const code = answer.lost === 'closed' ? 'CLOSED' : 'SILENT';
      addConnectFailure(findings, server, { stage: 'greeting', code });
      return false;
    }
    if (!isRefusal(answer.reply)) continue;
    findings.add({ ...explainLogin(words, answer.reply.refusal), server });
    return false;
  }
  // If no login is configured, this PING shows whether the server wants one.
  const ping = await link.send(['PING'], Math.min(GREETING_MS, deadline.left()));
  const refusal = 'reply' in ping && isRefusal(ping.reply) ? ping.reply.refusal : '';
  const meaning = wordOf(refusal) === 'NOAUTH' ? meaningOf(refusal) : undefined;
  if (meaning) findings.add({ ...meaning, server });
  return !meaning;
}

function explainLogin([command = '', argument = '']: readonly string[], refusal: string) {
  if (command === 'SELECT' && wordOf(refusal) === 'NOPERM') {
    return {
      ...{ id: 'acl.missing' as const, severity: 'error' as const, title: 'The user may not choose the database' },
      detail: `The configuration has database ${argument}, and the user has no right for SELECT.`,
      fix: 'Give the user the right +select, or use database 0.',
    };
  }
  if (command === 'SELECT') {
    return {
      ...{ id: 'database.wrong' as const, severity: 'error' as const, title: `There is no database ${argument}` },
      detail: `The server refuses SELECT ${argument}: it has fewer databases, or is part of a cluster, which has only 0.`,
      fix: 'Use a smaller number, or 0, in backend.cache, or raise databases at the server.',
    };
  }
  return (
    meaningOf(refusal) ?? {
      ...{ id: 'auth.failed' as const, severity: 'error' as const, title: 'The server refuses the login' },
      detail: `AUTH was refused (${wordOf(refusal)}), so the cache cannot use the server.`,
      fix: 'Check user name and password in backend.cache, and the log of the server.',
    }
  );
}

import { askAgain } from '../link/askAgain';
import { isLocal } from '../link/endpoint';
import type { Deadline } from '../link/deadline';
import type { Endpoint } from '../link/endpoint';
import { openSocket } from '../link/openSocket';
import type { OpenFailure } from '../link/openSocket';
import { createTextLink } from '../link/textLink';
import type { TextAnswer, TextLink } from '../link/textLink';
import { addConnectFailure } from '../report/connectFailure';
import { checkTls, clientCertificate, wantsCertificate } from '../tls/checkTls';
import { addTrust, isTlsServer, tlsRequired } from '../tls/plain';
import type { MemcachedExamination, MemcachedServer } from './memcachedExamination';

const QUESTION_MS = 700;

interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Connects and logs in as the cache does. Returns `undefined` when that fails, and adds the reason to the findings. */
export async function enterMemcached(
  endpoint: Endpoint,
  credentials: Credentials | undefined,
  { findings, deadline, progress }: MemcachedExamination,
): Promise<MemcachedServer | undefined> {
  const { name: server, tls } = endpoint;
  progress(`connecting to ${server}`);
  if (tls && !(await checkTls(endpoint, speaksPlainly, { findings, deadline }))) return undefined;
  addTrust(endpoint, credentials !== undefined, isLocal(endpoint.place), findings);
  const opened = await openSocket(endpoint, deadline);
  if ('failure' in opened) {
    addConnectFailure(findings, server, opened.failure);
    return undefined;
  }
  const link = createTextLink(opened.socket);
  const problem = await greet(endpoint, link, credentials, deadline);
  link.close();
  if (problem) {
    if ('stage' in problem) addConnectFailure(findings, server, problem);
    else findings.add({ ...problem, server });
    return undefined;
  }
  const openAnother = async () => {
    const opened = await open(endpoint, credentials, deadline);
    if (!('failure' in opened)) return opened;
    // The server has answered before, so it went away meanwhile, or takes no more connections.
    if (!deadline.signal.aborted) addConnectFailure(findings, server, opened.failure);
    return undefined;
  };
  return {
    name: server,
    open: openAnother,
    async ask(command, maxLines) {
      const ask = () => askAlone(openAnother, command, Math.min(QUESTION_MS, deadline.left()), maxLines);
      return askAgain(await ask(), ask, deadline);
    },
  };
}

/** Asks on a connection of its own: some questions end it, and some replies are longer than what is read. */
async function askAlone(
  open: () => Promise<TextLink | undefined>,
  command: string,
  timeoutMs: number,
  maxLines: number | undefined,
): Promise<TextAnswer> {
  const link = await open();
  const answer = await link?.send(command, timeoutMs, maxLines);
  link?.close();
  return answer ?? { lost: 'unconnected' };
}

async function open(
  endpoint: Endpoint,
  credentials: Credentials | undefined,
  deadline: Deadline,
): Promise<TextLink | { readonly failure: OpenFailure }> {
  const opened = await openSocket(endpoint, deadline);
  if ('failure' in opened) return opened;
  const link = createTextLink(opened.socket);
  const ms = () => Math.min(QUESTION_MS, deadline.left());
  if (credentials && isUnauthenticated(await link.send('version', ms()))) await link.send(toLogin(credentials), ms());
  return link;
}

/** Whether the server answers without TLS. */
async function speaksPlainly({ name, place }: Endpoint, deadline: Deadline): Promise<boolean> {
  const opened = await openSocket({ name, place }, deadline, 500);
  if ('failure' in opened) return false;
  const link = createTextLink(opened.socket);
  const answer = await link.send('version', Math.min(500, deadline.left()));
  link.close();
  return 'lines' in answer;
}

async function greet(endpoint: Endpoint, link: TextLink, credentials: Credentials | undefined, deadline: Deadline) {
  const ms = () => Math.min(QUESTION_MS, deadline.left());
  const greeting = await link.send('version', ms());
  if ('lost' in greeting) {
    const { lost, code = 'CLOSED' } = greeting;
    if (wantsCertificate(code)) return clientCertificate(code);
    if (!endpoint.tls && (await isTlsServer(endpoint, deadline))) return tlsRequired;
    return { stage: 'greeting' as const, code: lost === 'silent' ? 'SILENT' : code };
  }
  const [line = ''] = greeting.lines;
  if (/too many open connections/i.test(line)) return tooManyClients;
  if (!isUnauthenticated(greeting)) return line.startsWith('-') ? otherServer : undefined;
  if (!credentials) return noPassword;
  // Never unasked: a server without logins would store the password as an entry.
  const stored = await link.send(toLogin(credentials), ms());
  return 'lines' in stored && stored.lines[0] === 'STORED' ? undefined : wrongPassword;
}

function isUnauthenticated(answer: TextAnswer): boolean {
  return 'lines' in answer && /^CLIENT_ERROR unauthenticated/i.test(answer.lines[0] ?? '');
}

function toLogin({ username, password }: Credentials): string {
  const login = `${username} ${password}`;
  return `set login 0 0 ${Buffer.byteLength(login)}\r\n${login}`;
}

const error = 'error' as const;

const noPassword = {
  ...{ id: 'auth.failed' as const, severity: error, title: 'The server wants a user name and a password' },
  detail: 'None is configured, and the server takes no command without one (unauthenticated).',
  fix: 'Set them in backend.cache.connection: user:password@host:port.',
};
const wrongPassword = {
  ...{ id: 'auth.failed' as const, severity: error, title: 'The server refuses the user name or the password' },
  detail: 'The login was refused, so every operation of the cache is a miss.',
  fix: 'Check both in backend.cache.connection, and percent-encode special characters of the password.',
};
const tooManyClients = {
  ...{ id: 'clients.nearly-full' as const, severity: error, title: 'The server takes no more clients' },
  detail: 'It has as many as it allows (memcached -c), and refuses the connection.',
  fix: 'Raise the limit, or find who opens so many: stats conns.',
};
const otherServer = {
  ...{ id: 'connect.failed' as const, severity: error, title: 'Something else answers at this port' },
  detail: 'The answer is not in the protocol of Memcached: the port may be that of Redis or Valkey.',
  fix: 'Check host, port and store in backend.cache.',
};

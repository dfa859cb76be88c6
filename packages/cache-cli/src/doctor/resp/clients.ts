import type { WatchedLink } from '../link/watchIdle';
import type { Examination, RespServer } from './examination';
import type { Facts } from './facts';
import { toNumber } from './memory';

const NEARLY_FULL = 0.8;
const SHORT_S = 2;

/** Checks the number of clients, and how long they may be idle. */
export function checkClients(
  { name: server }: RespServer,
  facts: Facts,
  { findings }: Pick<Examination, 'findings'>,
): void {
  const { info, config } = facts;
  const clients = toNumber(info?.get('connected_clients'));
  const maximum = toNumber(info?.get('maxclients') ?? config?.get('maxclients'));
  if (clients === undefined || maximum === undefined) {
    findings.notChecked({ ...facts.whyNoInfo, server, command: 'INFO clients', about: 'how many clients there are' });
  } else if (clients >= maximum * NEARLY_FULL) {
    addNearlyFull(findings, server, clients, maximum);
  }
  const timeout = toNumber(config?.get('timeout'));
  if (timeout === undefined) {
    findings.notChecked({
      ...facts.whyNoConfig,
      server,
      command: 'CONFIG GET timeout',
      about: 'after what time the server closes idle connections',
    });
  } else if (timeout > 0) {
    addIdle(findings, server, timeout, 'timeout');
  }
}

/** Adds that a server has nearly as many clients as it accepts. */
export function addNearlyFull(
  findings: Examination['findings'],
  server: string,
  clients: number,
  maximum: number,
): void {
  findings.add({
    ...{
      id: 'clients.nearly-full',
      severity: 'warning',
      server,
      title: 'The server has nearly as many clients as it takes',
    },
    detail: `There are ${clients} clients, and it takes ${maximum}. Those beyond are refused, so a backend that starts then has no cache.`,
    fix: 'Raise the limit (maxclients, or memcached -c), or find who opens so many: redis-cli CLIENT LIST, or stats conns.',
  });
}

/** Adds the time after which a watched connection was closed, unless no other one can be made, as then the server has gone. */
export async function addWatchedIdle(
  findings: Examination['findings'],
  server: string,
  seconds: number,
  open: () => Promise<WatchedLink | undefined>,
): Promise<void> {
  const link = await open();
  link?.close();
  if (link) addIdle(findings, server, seconds);
}

/**
 * Adds the time after which idle connections are closed.
 *
 * @param setting - The server's setting for it. @defaultValue none: a connection was closed, by the server or by a proxy in between
 */
export function addIdle(findings: Examination['findings'], server: string, seconds: number, setting?: string): void {
  const isShort = seconds <= SHORT_S + 0.2;
  findings.add({
    ...{
      id: 'idle.short',
      severity: isShort ? 'warning' : 'info',
      server,
      title: `Idle connections are closed after ${seconds} s`,
    },
    detail:
      (setting === undefined
        ? 'A connection that said nothing was closed, by the server or a proxy before it. '
        : `${setting} is ${seconds}. `) +
      'The cache sends something every second' +
      (isShort
        ? ', so a short pause of the backend loses the connection, and what is asked then is a miss.'
        : ', so its connections are never idle that long.'),
    fix: isShort
      ? `Set ${setting ?? 'the timeout of the server or proxy'} to 0, or to a minute and more.`
      : 'Nothing, unless other clients need longer.',
  });
}

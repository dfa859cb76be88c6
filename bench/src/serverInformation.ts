import { connect } from 'node:net';
import { sendCommands } from '@greenroom/test-servers';
import type { ServerAddress } from '@greenroom/test-servers';
import type { Store } from './guarantees/scenario';

/** Name and version of a server, such as `redis 7.0.15`. */
export async function readServerVersion(server: ServerAddress, store: Store): Promise<string> {
  if (store === 'memcache') return `memcached ${/STAT version (\S+)/.exec(await readStatistics(server))?.[1]}`;
  const [information] = await sendCommands(server, [['INFO', 'server']]);
  const version = new RegExp(`${store}_version:(\\S+)`).exec(String(information))?.[1];
  return `${store} ${version}`;
}

/** Number of connections of a server, including the one that asks, which is a new one each time. */
export async function countConnections(server: ServerAddress, store: Store): Promise<number> {
  if (store === 'memcache') return readStatistic(server, 'curr_connections');
  const [clients] = await sendCommands(server, [['CLIENT', 'LIST']]);
  return String(clients).trim().split('\n').length;
}

/** Reads a number from the statistics of memcached. */
export async function readStatistic(server: ServerAddress, name: string): Promise<number> {
  return Number(new RegExp(`STAT ${name} (\\d+)`).exec(await readStatistics(server))?.[1]);
}

/** Reads the statistics of memcached. */
async function readStatistics(server: ServerAddress): Promise<string> {
  const socket = connect(server.port, server.host);
  socket.write('stats\r\n');
  let text = '';
  for await (const chunk of socket) {
    text += String(chunk);
    if (text.endsWith('END\r\n')) break;
  }
  return text;
}

import { once } from 'node:events';
import { connect, createServer } from 'node:net';

const host = '127.0.0.1';

/** What keeps a server from listening on the port of this machine, as one line, or undefined when nothing does. */
export async function portProblem(port) {
  // `localhost` can mean either address, and a bind to one of them can succeed beside a listener on all.
  const answers = await Promise.all([host, '::1'].map(address => isAnswered(port, address)));
  return answers.includes(true) ? listenProblem({ code: 'EADDRINUSE' }, port) : tryToListen(port);
}

/** The one line for an error of `listen`, or undefined for any other error. */
export function listenProblem(error, port) {
  if (error.code === 'EADDRINUSE') {
    return `Port ${port} is in use. Stop what uses it, or choose another: PORT=${port === 65535 ? 7007 : port + 1} npm start`;
  }
  if (error.code === 'EACCES') return `Port ${port} needs more rights than this process has. Choose another with PORT.`;
  return undefined;
}

async function isAnswered(port, address) {
  const socket = connect(port, address);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    // Refused, or this machine has no such address.
    return false;
  } finally {
    socket.destroy();
  }
}

async function tryToListen(port) {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, 'listening');
    return undefined;
  } catch (error) {
    return listenProblem(error, port) ?? `Cannot listen on port ${port} (${error.code}).`;
  } finally {
    server.close();
  }
}

import { once } from 'node:events';
import { connect, createServer } from 'node:net';

const host = '127.0.0.1';

/**
 * Returns, in one line, why a server cannot listen on this port, or undefined if it can. `variable` is the environment variable that sets
 * the port.
 */
export async function portProblem(port, variable = 'PORT') {
  // `localhost` can be either address, and a server may be able to bind to one of them although another one listens on all.
  const answers = await Promise.all([host, '::1'].map(address => isAnswered(port, address)));
  return answers.includes(true) ? listenProblem({ code: 'EADDRINUSE' }, port, variable) : tryToListen(port, variable);
}

/** The one line for an error of `listen`, or undefined for any other error. */
export function listenProblem(error, port, variable = 'PORT') {
  if (error.code === 'EADDRINUSE') {
    const other = port === 65535 ? 7007 : port + 1;
    return `Port ${port} is in use. Stop what uses it, or choose another: ${variable}=${other} npm start`;
  }
  if (error.code === 'EACCES') {
    return `Port ${port} needs more rights than this process has. Choose another with ${variable}.`;
  }
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

async function tryToListen(port, variable) {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, 'listening');
    return undefined;
  } catch (error) {
    return listenProblem(error, port, variable) ?? `Cannot listen on port ${port} (${error.code}).`;
  } finally {
    server.close();
  }
}

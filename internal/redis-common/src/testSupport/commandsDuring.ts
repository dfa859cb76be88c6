import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { sendCommands } from '@greenroom/test-servers';
import type { TestServer } from '@greenroom/test-servers';
import { cleanUp } from '@greenroom/test-servers/cleanUp';

/** Records the commands that a server without a password receives during `run`, each as its args, without pings. */
export async function commandsDuring(server: TestServer, run: () => Promise<unknown>): Promise<string[][]> {
  const socket = connect(server.port, server.host);
  cleanUp(async () => socket.destroy());
  const lines = createInterface(socket);
  const commands: string[][] = [];
  const ended = new Promise<void>(resolve => {
    lines.on('line', line => {
      const args = [...line.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, word = '']) => word.replace(/\\(.)/g, '$1'));
      if (args[0] === 'ECHO') resolve();
      else if (args.length > 0 && args[0] !== 'PING') commands.push(args);
    });
  });
  const isMonitoring = once(lines, 'line');
  socket.write('MONITOR\r\n');
  await isMonitoring;
  await run();
  await sendCommands(server, [['ECHO', 'end']]);
  await ended;
  return commands;
}

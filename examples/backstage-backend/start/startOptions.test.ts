import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { callModule } from '../../../tools/callModule';

const parse = (args: string[], environment: Record<string, string> = {}) =>
  callModule(join(__dirname, 'startOptions.mjs'), 'parseStartOptions', args, environment);

describe('the options of npm start', () => {
  it('are the memory store on port 7007 when there are none', async () => {
    expect(await parse([])).toEqual({ value: { store: 'memory', port: 7007 } });
  });

  it('name a store, its server and a port', async () => {
    expect(await parse(['--store', 'redis', '--connection', 'redis://localhost:6379'], { PORT: '8080' })).toEqual({
      value: { store: 'redis', connection: 'redis://localhost:6379', port: 8080 },
    });
  });

  it.each(['localhost:11211', '127.0.0.1:11211,[::1]:11212', 'memcaches://bob:pass@cache-1'])(
    'name the Memcached servers %s',
    async connection => {
      expect(await parse(['--store', 'memcache', '--connection', connection])).toEqual({
        value: { store: 'memcache', connection, port: 7007 },
      });
    },
  );

  it.each(['valkey://localhost:6379', 'valkeys://bob:pass@cache-1', 'redis://localhost:6379'])(
    'name the Valkey server %s',
    async connection => {
      expect(await parse(['--store', 'valkey', '--connection', connection])).toEqual({
        value: { store: 'valkey', connection, port: 7007 },
      });
    },
  );

  it('name a port for metrics', async () => {
    expect(await parse([], { METRICS_PORT: '9464' })).toEqual({
      value: { store: 'memory', port: 7007, metricsPort: 9464 },
    });
  });

  it("name a driver of one's own, which has no server", async () => {
    expect(await parse(['--store', 'file'])).toEqual({ value: { store: 'file', port: 7007 } });
  });

  it.each([
    [['--store', 'rdis'], {}, 'Unknown --store. Choose one of: memory, memcache, redis, valkey, file.'],
    [['--store', 'memcache', '--connection', 'redis://u:secret@h'], {}, 'It looks like localhost:11211.'],
    [['--store', 'valkey', '--connection', 'u:secret@h'], {}, 'It looks like valkey://localhost:6379.'],
    [['--store', 'redis'], {}, '--store redis needs a --connection, such as redis://localhost:6379.'],
    [['--connection', 'redis://u:secret@h'], {}, 'The memory store has none.'],
    [['--store', 'file', '--connection', 'redis://u:secret@h'], {}, 'The file store has none.'],
    [['--store', 'redis', '--connection', 'u:secret@h'], {}, 'This --connection does not fit --store redis.'],
    [['--stroe', 'redis'], {}, 'Unknown option --stroe.'],
    [['redis'], {}, 'Unexpected argument.'],
    [['--store'], {}, '--store needs a value.'],
    [[], { PORT: 'http' }, 'PORT must be a whole number from 1 to 65535.'],
    [[], { PORT: '70000' }, 'PORT must be a whole number from 1 to 65535.'],
    [[], { METRICS_PORT: '9464.5' }, 'METRICS_PORT must be a whole number from 1 to 65535.'],
    [[], { METRICS_PORT: '7007' }, 'METRICS_PORT must not be the same as PORT.'],
    [[], { npm_config_store: 'redis' }, 'Options go after two dashes'],
  ])('are refused with one line that repeats no value: %j %j', async (args, environment, expected) => {
    const { message } = await parse(args, environment);
    expect(message).toContain(expected);
    expect(message).not.toMatch(/secret|\n/);
  });
});

describe('npm start', () => {
  it('says in one line that its port is in use, before it installs anything', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const env = { ...process.env, PORT: String(port) };
    const { code, stdout, stderr } = await new Promise<{ code: unknown; stdout: string; stderr: string }>(resolve =>
      execFile(process.execPath, [join(__dirname, 'start.mjs')], { env }, (error, out, err) =>
        resolve({ code: error?.code, stdout: out, stderr: err }),
      ),
    );
    server.close();
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^Port ${port} is in use. .*\n$`));
  });

  it.each(['18.20.4', '20.18.3'])('refuses Node %s in one line', async version => {
    const message = `Greenroom needs Node 20.19 or newer. This is Node ${version}.`;
    expect(await callModule('nodeVersion.mjs', 'nodeVersionProblem', version)).toEqual({ value: message });
  });

  it.each(['20.19.0', '22.1.0', '26.0.0'])('accepts Node %s', async version => {
    expect(await callModule('nodeVersion.mjs', 'nodeVersionProblem', version)).toEqual({});
  });
});

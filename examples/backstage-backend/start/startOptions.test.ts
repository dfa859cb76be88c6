import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { parseStartOptions } from './startOptions.mjs';

const parse = (args: string[], environment: Record<string, string> = {}) => parseStartOptions(args, environment);

describe('the options of npm start', () => {
  it('default to the memory store on port 7007', () => {
    expect(parse([])).toEqual({ store: 'memory', port: 7007 });
  });

  it('name a store, its server and a port', () => {
    expect(parse(['--store', 'redis', '--connection', 'redis://localhost:6379'], { PORT: '8080' })).toEqual({
      store: 'redis',
      connection: 'redis://localhost:6379',
      port: 8080,
    });
  });

  it.each(['localhost:11211', '127.0.0.1:11211,[::1]:11212', 'memcaches://bob:pass@cache-1'])(
    'name the Memcached servers %s',
    connection => {
      expect(parse(['--store', 'memcache', '--connection', connection])).toEqual({
        store: 'memcache',
        connection,
        port: 7007,
      });
    },
  );

  it.each(['valkey://localhost:6379', 'valkeys://bob:pass@cache-1', 'redis://localhost:6379'])(
    'name the Valkey server %s',
    connection => {
      expect(parse(['--store', 'valkey', '--connection', connection])).toEqual({
        store: 'valkey',
        connection,
        port: 7007,
      });
    },
  );

  it('name a port for metrics', () => {
    expect(parse([], { METRICS_PORT: '9464' })).toEqual({ store: 'memory', port: 7007, metricsPort: 9464 });
  });

  it('switch the near cache on', () => {
    const args = ['--store', 'redis', '--connection', 'redis://localhost:6379', '--near'];
    expect(parse(args)).toMatchObject({ store: 'redis', near: true, port: 7007 });
    expect(parse(args.slice(0, -1)).near).toBeUndefined();
  });

  it('name a custom driver, which needs no connection', () => {
    expect(parse(['--store', 'file'])).toEqual({ store: 'file', port: 7007 });
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
    [['--near'], {}, 'The memory store is in it.'],
    [['--near=secret'], {}, '--near takes no value.'],
    [[], { npm_config_near: 'true' }, 'Options go after two dashes'],
    [['redis'], {}, 'Unexpected argument.'],
    [['--store'], {}, '--store needs a value.'],
    [[], { PORT: 'http' }, 'PORT must be a whole number from 1 to 65535.'],
    [[], { PORT: '70000' }, 'PORT must be a whole number from 1 to 65535.'],
    [[], { METRICS_PORT: '9464.5' }, 'METRICS_PORT must be a whole number from 1 to 65535.'],
    [[], { METRICS_PORT: '7007' }, 'METRICS_PORT must not be the same as PORT.'],
    [[], { npm_config_store: 'redis' }, 'Options go after two dashes'],
  ])('are refused with one line that shows no secret: %j %j', (args, environment, expected) => {
    let message: unknown;
    try {
      parse(args, environment);
    } catch (error) {
      ({ message } = error as Error);
    }
    expect(message).toContain(expected);
    expect(message).not.toMatch(/secret|\n/);
  });
});

describe('npm start', () => {
  it('exits with code 1 and one line of error when its port is in use', async () => {
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
});

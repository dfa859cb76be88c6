import { createRespSecurity } from './createRespSecurity';
import { addRespServer, startRedis } from './respServer';
import { startGroup } from './startGroup';
import { withFreePorts } from './withFreePorts';

describe('a port that another process has taken', () => {
  it('makes the start reject although a server answers on it', async () => {
    const owner = await startRedis();
    const security = await createRespSecurity({});
    const start = startGroup('redis', 1, async group => {
      const server = await addRespServer(group, { kind: 'redis', port: owner.port, security, args: [] });
      await server.start();
    });
    await expect(start).rejects.toThrow('Address already in use');
    await owner.stop();
  });

  it('is replaced by a port that was not tried before', async () => {
    const seen: number[] = [];
    const result = await withFreePorts(2, async ports => {
      seen.push(...ports);
      if (seen.length < 6) throw new Error('bind: Address already in use');
      return ports;
    });
    expect(result).toEqual(seen.slice(4));
    expect(new Set(seen).size).toBe(6);
  });

  it('any other failure is passed on without another attempt', async () => {
    let calls = 0;
    const start = withFreePorts(1, async () => {
      calls += 1;
      throw new Error('out of memory');
    });
    await expect(start).rejects.toThrow('out of memory');
    expect(calls).toBe(1);
  });
});

import { createCertificate, until } from '@greenroom/test-servers';
import type { Certificate } from '@greenroom/test-servers';
import { startFakeServer } from './startFakeServer';
import type { FakeServer, Script } from './startFakeServer';
import type { StoreUnderTest } from './storeUnderTest';
import { toReply } from './toReply';
import type { ReplyValue } from './toReply';

const NODE_NAME = 'node-2.internal';

/** The names that the certificate of a cluster node may be for. */
export function describeNodeNames({ serverName, store, openCache }: StoreUnderTest) {
  describe(`a ${serverName} node that its cluster announces by IP address`, () => {
    let root: Certificate;
    let named: Certificate;
    let addressed: Certificate;
    beforeAll(async () => {
      root = await createCertificate('DNS:localhost');
      named = await createCertificate(`DNS:${NODE_NAME}`);
      addressed = await createCertificate('IP:127.0.0.1');
    });

    /** A node that has all slots, and a root node that is configured by its name. */
    async function open(certificate: Certificate, metadata: ReplyValue[] | (() => ReplyValue[]), tls: object = {}) {
      const entries = new Map<string, string>();
      const askedNames: unknown[] = [];
      const nodes: FakeServer[] = [];
      const answer: Script = ([name]) => {
        const { host = '', port = 0 } = nodes[1] ?? {};
        if (name !== 'CLUSTER') return undefined;
        const fields = typeof metadata === 'function' ? metadata() : metadata;
        return toReply([[0, 16_383, [host, port, 'id', ...fields]]]);
      };
      const start = ({ certificate: cert, key }: Certificate) =>
        startFakeServer({
          answer,
          entries,
          tls: { cert, key },
          onConnection: ({ servername }) => askedNames.push(servername),
        });
      nodes.push(await start(root), await start(certificate));
      const ca = [root, named, addressed].map(one => one.ca).join('');
      const rootNodes = [{ url: `rediss://localhost:${nodes[0]?.port}`, tls: { ca, ...tls } }];
      const opened = openCache({ [store]: { cluster: { rootNodes } } });
      await opened.cache.set('key', 'text');
      return { ...opened, entries, askedNames };
    }

    it.each([
      ['its host name', () => named, [['hostname', NODE_NAME]]],
      ['its host name, announced with other metadata', () => named, [['name', 'x', 'hostname', NODE_NAME]]],
      ['its IP address, even when it announces a host name', () => addressed, [['hostname', NODE_NAME]]],
      ['its IP address', () => addressed, []],
      ['the host name of the root node', () => root, []],
    ])('is accepted with a certificate for %s', async (_what, certificate, metadata) => {
      const { cache, changes } = await open(certificate(), metadata);
      expect(await cache.get('key')).toBe('text');
      expect(changes.map(({ state }) => state)).toEqual(['available']);
    });

    it('receives its host name in the TLS handshake (SNI)', async () => {
      const { askedNames } = await open(named, [['hostname', NODE_NAME]]);
      expect(askedNames).toEqual(expect.arrayContaining(['localhost', NODE_NAME]));
    });

    it('is accepted with a certificate for a host name that the cluster announces later', async () => {
      let asked = 0;
      const { cache, entries } = await open(named, () => (asked++ === 0 ? [] : [['hostname', NODE_NAME]]));
      const isStored = async () => {
        await cache.set('key', 'text');
        return entries.size > 0;
      };
      await until('it is connected', isStored, 3000);
      expect(asked).toBeGreaterThan(1);
    });

    it('is reported and not used when its certificate is for another name', async () => {
      const { entries, changes } = await open(named, [['hostname', 'node-3.internal']]);
      await until('it is reported', () => changes.length > 0, 3000);
      expect(changes).toMatchObject([
        { state: 'unavailable', error: { message: expect.stringContaining('for another name') } },
      ]);
      expect(entries.size).toBe(0);
    });

    it('is accepted with a certificate for the configured servername', async () => {
      const { cache } = await open(root, [['hostname', NODE_NAME]], { servername: 'localhost' });
      expect(await cache.get('key')).toBe('text');
    });
  });
}

import type { Fault, FaultTools } from './trial';

const everyMoment = { pauseMs: 20 };

/** The faults of a single server. */
export const faults = {
  quiet: { name: 'quiet: a new version, or none, now and then', plan: { pauseMs: 700, deletes: 3 }, run: nothing },
  writeStorm: { name: 'a write storm', plan: { pauseMs: 1 }, run: nothing },
  kill: {
    name: 'killed, and started again',
    plan: everyMoment,
    ownServer: {},
    async run({ server, part, emptying }) {
      await part(0.3);
      await emptying(() => server.kill());
      await part(0.3);
      await server.start();
      await part(0.4);
    },
  },
  freeze: {
    name: 'frozen, shorter and longer than an operation may take',
    plan: everyMoment,
    ownServer: {},
    async run({ server, part }) {
      for (const share of [0.05, 0.25]) {
        await part(0.2);
        await server.freeze();
        await part(share);
        await server.thaw();
      }
      await part(0.3);
    },
  },
  refusal: {
    name: 'refuses connections',
    plan: everyMoment,
    throughProxy: true,
    async run({ proxy, part }) {
      await part(0.3);
      proxy.refuse();
      await part(0.3);
      await proxy.heal();
      await part(0.4);
    },
  },
  blackHole: {
    name: 'network swallows everything',
    plan: everyMoment,
    throughProxy: true,
    async run({ proxy, part }) {
      await part(0.3);
      proxy.blackHole('all');
      await part(0.35);
      await proxy.heal();
      await part(0.35);
    },
  },
  silentConnections: {
    name: 'old connections silent, new ones work',
    plan: everyMoment,
    throughProxy: true,
    async run({ proxy, part }) {
      await part(0.3);
      proxy.blackHole('old');
      await part(0.7);
      await proxy.heal();
    },
  },
  lateReplies: {
    name: 'replies 300 ms late',
    plan: everyMoment,
    throughProxy: true,
    async run({ proxy, part }) {
      await part(0.2);
      proxy.damage({ delayMs: 300 });
      await part(0.5);
      await proxy.heal();
      await part(0.3);
    },
  },
  flush: {
    name: 'flushed again and again',
    plan: { pauseMs: 150 },
    ownServer: {},
    async run({ client, part, emptying }) {
      for (let round = 0; round < 9; round++) {
        await part(0.1);
        await emptying(() => client.flush());
      }
      await part(0.1);
    },
  },
  expiry: {
    name: 'entries expire after 150 ms',
    plan: { pauseMs: 300, ttlMs: 150 },
    ownTtlMs: 150,
    run: nothing,
  },
  eviction: {
    name: 'entries are evicted',
    plan: { pauseMs: 50 },
    ownServer: {
      resp: ['--maxmemory', '3mb', '--maxmemory-policy', 'allkeys-random'],
      memcached: ['-m', '2'],
    },
    async run({ client, part }) {
      for (let round = 0; round < 10; round++) {
        await part(0.1);
        await client.fill();
      }
    },
  },
  blockedLoop: {
    name: 'event loop of a reader blocked',
    plan: everyMoment,
    async run({ part, block, lengthMs }) {
      for (let round = 0; round < 3; round++) {
        await part(0.1);
        block(lengthMs * 0.2);
        await part(0.2);
      }
    },
  },
} as const satisfies Record<string, Fault>;

async function nothing({ part }: FaultTools): Promise<void> {
  await part(1);
}

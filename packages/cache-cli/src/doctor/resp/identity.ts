import type { Examination, RespServer } from './examination';
import type { Facts } from './facts';

/** The oldest versions that still get fixes. */
const OLDEST = { redis: [6, 2], valkey: [7, 2] } as const;

/** Checks version and role. */
export function checkIdentity(server: RespServer, facts: Facts, { findings }: Pick<Examination, 'findings'>): void {
  const { name } = server;
  const product = productOf(facts);
  if (product) {
    const [major, minor] = OLDEST[product.kind];
    if (product.major < major || (product.major === major && product.minor < minor)) {
      findings.add({
        ...{
          id: 'server.old',
          severity: 'warning',
          server: name,
          title: `The server is old: ${product.kind} ${product.version}`,
        },
        detail: `It has version ${product.version}, and versions before ${major}.${minor} get no security fixes any more. Greenroom is not tested with it.`,
        fix: 'Upgrade the server.',
      });
    }
  } else {
    findings.notChecked({
      ...facts.whyNoInfo,
      server: name,
      command: 'HELLO or INFO',
      about: 'the version of the server',
    });
  }
  const role = facts.hello.get('role') ?? facts.info?.get('role');
  if (server.kind === 'single' && role !== undefined && /^(?:replica|slave)$/.test(role)) {
    findings.add({
      ...{ id: 'server.replica', severity: 'error', server: name, title: 'The server is a replica' },
      detail: 'It takes no writes, or loses those that it takes at its next synchronization with the master.',
      fix: 'Use the address of the master, one that follows it, or list the sentinels.',
    });
  }
}

/** `cluster`, `sentinel` or `standalone`; `undefined` when the server does not tell. */
export function modeOf({ hello, info }: Facts): string | undefined {
  return hello.get('mode') ?? info?.get('server_mode') ?? info?.get('redis_mode');
}

function productOf({ hello, info }: Facts) {
  const isValkey = hello.get('server') === 'valkey' || info?.has('valkey_version') === true;
  // Valkey also reports the version of Redis that it is compatible with.
  const version =
    (isValkey ? info?.get('valkey_version') : undefined) ?? hello.get('version') ?? info?.get('redis_version');
  const [shown, major, minor] = /^(\d{1,3})\.(\d{1,3})(?:\.\d{1,5})?/.exec(version ?? '') ?? [];
  if (shown === undefined) return undefined;
  return { kind: isValkey ? 'valkey' : 'redis', version: shown, major: Number(major), minor: Number(minor) } as const;
}

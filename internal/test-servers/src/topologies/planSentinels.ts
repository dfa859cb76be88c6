import { randomBytes } from 'node:crypto';
import type { Credentials } from '../protocol/serverAddress';

/** Sentinels that are to watch one master. */
export interface SentinelPlanOptions {
  /** Ports of the sentinels. */
  readonly ports: readonly number[];
  readonly masterName: string;
  readonly masterPort: number;
  /** User name and password of the master. */
  readonly credentials: Credentials | undefined;
}

/** A sentinel that has not been started yet. */
export interface SentinelPlan {
  readonly port: number;
  readonly configuration: string;
  readonly args: readonly string[];
  readonly files: Readonly<Record<string, string>>;
}

/** Plans sentinels that know each other from the start, as it would take them seconds to find each other. */
export function planSentinels({
  ports,
  masterName,
  masterPort,
  credentials,
}: SentinelPlanOptions): readonly SentinelPlan[] {
  const configuration = 'sentinel.conf';
  const sentinels = ports.map(port => ({ port, id: randomBytes(20).toString('hex') }));
  const quorum = Math.floor(ports.length / 2) + 1;
  return sentinels.map(({ port, id }) => {
    const lines = [
      `sentinel myid ${id}`,
      `sentinel monitor ${masterName} 127.0.0.1 ${masterPort} ${quorum}`,
      ...(credentials?.username === undefined ? [] : [`sentinel auth-user ${masterName} ${credentials.username}`]),
      ...(credentials === undefined
        ? []
        : [`sentinel auth-pass ${masterName} ${JSON.stringify(credentials.password)}`]),
      `sentinel down-after-milliseconds ${masterName} 500`,
      `sentinel failover-timeout ${masterName} 5000`,
      ...sentinels
        .filter(other => other.id !== id)
        .map(other => `sentinel known-sentinel ${masterName} 127.0.0.1 ${other.port} ${other.id}`),
    ];
    return {
      port,
      configuration,
      args: ['--sentinel'],
      files: { [configuration]: lines.map(line => `${line}\n`).join('') },
    };
  });
}

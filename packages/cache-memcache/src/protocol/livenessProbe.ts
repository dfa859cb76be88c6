import type { Command } from './commandQueue';

/** The command that shows whether a server is alive. It is small and changes nothing. */
export type LivenessProbe = 'version' | 'get';

/** This key never has a value. Proxies route it to one of their servers. */
const KEY = 'greenroom:ping';

/** The line to send. */
export function toProbeCommand(probe: LivenessProbe): string {
  return probe === 'version' ? 'version' : `get ${KEY}`;
}

/** What the reply must match. */
export function toExpectedReply(probe: LivenessProbe): Pick<Command, 'type' | 'key'> {
  return probe === 'version' ? { type: 'version' } : { type: 'get', key: KEY };
}

/** Whether the reply shows a live server. A proxy is alive even when the server of the key is down. */
export function isAlive(probe: LivenessProbe, line: string): boolean {
  return (probe === 'version' ? /^VERSION / : /^(?:VALUE |END$|SERVER_ERROR)/).test(line);
}

import type { Command } from './commandQueue';

/** What is asked of a server to see that it is alive: something small, which changes nothing. */
export type ProofOfLife = 'version' | 'get';

/** Under it there is nothing. Proxies take it to one of their servers. */
const KEY = 'greenroom:ping';

/** The line to send. */
export function toProofCommand(proof: ProofOfLife): string {
  return proof === 'version' ? 'version' : `get ${KEY}`;
}

/** What the reply has to fit. */
export function toProofType(proof: ProofOfLife): Pick<Command, 'type' | 'key'> {
  return proof === 'version' ? { type: 'version' } : { type: 'get', key: KEY };
}

/** Whether a reply is the proof. A proxy is there though the server of the key is away. */
export function isProof(proof: ProofOfLife, line: string): boolean {
  return (proof === 'version' ? /^VERSION / : /^(?:VALUE |END$|SERVER_ERROR)/).test(line);
}

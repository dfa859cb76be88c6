import type { ServerKind } from './serverKind';

/** A way to run servers. */
export interface ServerEngine {
  readonly name: 'docker' | 'native';
  /**
   * Makes sure that servers of these kinds can be started, which may take a download.
   *
   * Rejects when they cannot, with an error that says what was looked for.
   */
  prepare(kinds: readonly ServerKind[], onProgress?: (text: string) => void): Promise<void>;
  /** Opens a group in which servers of one kind listen on these ports. */
  openGroup(kind: ServerKind, ports: readonly number[]): Promise<ServerGroup>;
}

/** Servers that reach each other at 127.0.0.1 and end together. */
export interface ServerGroup {
  /** Host at which this process reaches the servers. */
  readonly host: string;
  /** Address on which the servers have to listen. */
  readonly bindAddress: string;
  /** Whether the servers run as root, which memcached refuses unless told otherwise. */
  readonly runsAsRoot: boolean;
  /** Adds a server without starting it. */
  add(definition: ProcessDefinition): Promise<ServerProcess>;
  /** Ends all servers of the group and removes their files. */
  close(): Promise<void>;
}

/** What to run. */
export interface ProcessDefinition {
  /** Arguments of the server program. It runs in a working folder of its own, which contains only `files`. */
  readonly args: readonly string[];
  /** Content by file name, written to the working folder once. */
  readonly files?: Readonly<Record<string, string>>;
}

/** One server of a group. */
export interface ServerProcess {
  start(): Promise<void>;
  kill(): Promise<void>;
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  status(): Promise<ProcessStatus>;
}

/** How a server is doing. */
export interface ProcessStatus {
  readonly running: boolean;
  /** The process id as the server itself reports it; absent where that proves nothing. */
  readonly pid?: number;
  /** The last lines that the server printed. */
  readonly log: readonly string[];
}

import { once } from 'node:events';
import type { Socket } from 'node:net';
import { CacheError } from '@greenroom/cache-core';
import { toUnavailable } from './memcacheError';

/** Longer than any line of a listing: a key has 250 bytes, three characters each. */
const MAX_LINE = 2000;

/** A connection that is read line by line, as fast as the reader takes them. */
export interface LineSocket {
  /** Sends a line, and returns the next one that comes. */
  ask(command: string): Promise<string>;
  /** The next lines that have come. Rejects with a CacheError when there are no more. */
  nextLines(): Promise<readonly string[]>;
}

/** `name`: of the server, in messages. */
export function createLineSocket(socket: Socket, name: string): LineSocket {
  let rest = '';
  let lines: string[] = [];
  let error: CacheError | undefined;
  socket.on('error', cause => (error ??= toUnavailable(name, cause))).setEncoding('latin1');

  async function receive(): Promise<void> {
    let chunk = socket.read() as string | null;
    while (chunk === null) {
      if (error || socket.destroyed || socket.readableEnded) {
        throw error ?? new CacheError('CACHE_UNAVAILABLE', `${name} has closed the connection`);
      }
      const settled = new AbortController();
      const { signal } = settled;
      await Promise.race([once(socket, 'readable', { signal }), once(socket, 'close', { signal })]).catch(() => {});
      // Removes the listeners of the one that has not come.
      settled.abort();
      chunk = socket.read() as string | null;
    }
    // The lines of a listing end with \n alone.
    const parts = (rest + chunk).split(/\r?\n/);
    rest = parts.pop() ?? '';
    if (rest.length > MAX_LINE) throw new CacheError('CACHE_UNAVAILABLE', `${name} does not speak its protocol`);
    lines.push(...parts);
  }

  return {
    async ask(command) {
      socket.write(`${command}\r\n`);
      while (lines.length === 0) await receive();
      return lines.shift() ?? '';
    },
    async nextLines() {
      while (lines.length === 0) await receive();
      const next = lines;
      lines = [];
      return next;
    },
  };
}

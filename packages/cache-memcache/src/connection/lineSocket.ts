import { once } from 'node:events';
import type { Socket } from 'node:net';
import { CacheError } from '@greenroom/cache-core';
import { toUnavailable } from './memcacheError';

/** Longer than any line of a listing: a key has up to 250 bytes, each encoded in up to three characters. */
const MAX_LINE = 2000;

/** A connection that is read line by line, no faster than the caller takes the lines. */
export interface LineSocket {
  /** Sends a line, and returns the next line that arrives. */
  ask(command: string): Promise<string>;
  /** Returns the next lines, at least one, as soon as they have arrived. Rejects with a CacheError when there are no more. */
  nextLines(): Promise<readonly string[]>;
}

/** `name` is the name of the server in messages. */
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
      // Removes the listeners of the event that has not occurred.
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

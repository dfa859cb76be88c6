import { Socket } from 'node:net';

/**
 * Gives what `connect` gives, and tells of the socket that it connects before it returns, with TLS or without. The library
 * keeps its socket to itself.
 */
export function withSocket<T>(connect: () => T, onSocket: (socket: Socket) => void): T {
  const { prototype } = Socket;
  const own = Object.getOwnPropertyDescriptor(prototype, 'connect') as PropertyDescriptor;
  const original = own.value as (...args: unknown[]) => Socket;
  const noticing = function (this: Socket, ...args: unknown[]) {
    onSocket(this);
    return original.apply(this, args);
  };
  // Nothing else can run until it is put back: `connect` is called here and not awaited.
  Object.defineProperty(prototype, 'connect', { ...own, value: noticing });
  try {
    return connect();
  } finally {
    Object.defineProperty(prototype, 'connect', own);
  }
}

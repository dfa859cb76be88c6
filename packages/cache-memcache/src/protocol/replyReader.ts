import { constants } from 'node:buffer';

/** One reply of a server: a line, or a value and the `END` after it. */
export interface Reply {
  /** The line without its end; for a value, the line before the text. */
  readonly line: string;
  readonly value?: { readonly key: string; readonly flags: string; readonly text: string };
  /** A value that is too long to keep. If it is not skipped, nothing more can be read. */
  readonly oversized?: { readonly key: string; readonly bytes: number; readonly isSkipped: boolean };
}

/** Splits what a server sends into replies. */
export interface ReplyReader {
  /** The replies that this chunk completes. Throws when the server breaks the protocol; nothing more can be read then. */
  read(chunk: Buffer): Iterable<Reply>;
}

/** Longer than any line of the protocol: a key has 250 bytes at most. */
const MAX_LINE_BYTES = 2048;
/** The largest item that memcached can be configured to hold. */
const MAX_VALUE_BYTES = 1024 ** 3;
/** Up to this size, skipping a value is cheaper than reconnecting: 32 MiB take a quarter of a second at 1 Gbit/s. */
const MAX_SKIPPED_BYTES = 32 * 1024 * 1024;
const VALUE_END = '\r\nEND\r\n';
const LINE_FEED = 0x0a;
const NOTHING = Buffer.alloc(0);

/**
 * Creates a reader for one connection.
 *
 * @param maxValueBytes - Longest value that is kept, in bytes. Longer ones are skipped, or end the connection.
 */
export function createReplyReader(maxValueBytes: number): ReplyReader {
  return new LengthFramedReader(Math.min(maxValueBytes, constants.MAX_STRING_LENGTH));
}

/** The content of the line before a value. */
interface ValueHead {
  readonly line: string;
  readonly key: string;
  readonly flags: string;
  readonly bytes: number;
}

/** A value that has not arrived completely. */
interface PartialValue {
  /** Consumes its part of the buffer, and returns where that ends. */
  take(buffer: Buffer, start: number): number;
  /** `undefined` until the value is complete. */
  reply(): Reply | undefined;
}

class LengthFramedReader implements ReplyReader {
  readonly #maxValueBytes: number;
  /** An incomplete line. */
  #rest = NOTHING;
  #value: PartialValue | undefined;

  constructor(maxValueBytes: number) {
    this.#maxValueBytes = maxValueBytes;
  }

  *read(chunk: Buffer): Iterable<Reply> {
    const buffer = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    this.#rest = NOTHING;
    let start = 0;
    while (start < buffer.length) {
      if (this.#value) {
        start = this.#value.take(buffer, start);
        const reply = this.#value.reply();
        if (!reply) return;
        this.#value = undefined;
        yield reply;
        continue;
      }
      const line = lineAt(buffer, start);
      if (line === undefined) {
        // A copy, so that the whole chunk is not kept.
        this.#rest = Buffer.from(buffer.subarray(start));
        return;
      }
      start += line.length + 2;
      if (!line.startsWith('VALUE ')) {
        yield { line };
        continue;
      }
      const head = toHead(line);
      const end = start + head.bytes + VALUE_END.length;
      if (head.bytes > this.#maxValueBytes) {
        if (head.bytes > MAX_SKIPPED_BYTES) {
          yield { line, oversized: { key: head.key, bytes: head.bytes, isSkipped: false } };
          throw new Error('A value that is too long');
        }
        this.#value = new SkippedValue(head);
      } else if (end <= buffer.length) {
        yield toReply(head, buffer, start);
        start = end;
      } else {
        this.#value = new CollectedValue(head);
      }
    }
  }
}

/** `undefined` while the line is incomplete. */
function lineAt(buffer: Buffer, start: number): string | undefined {
  const lineFeed = buffer.indexOf(LINE_FEED, start);
  if (lineFeed === -1) {
    if (buffer.length - start > MAX_LINE_BYTES) throw new Error('A line without an end');
    return undefined;
  }
  if (buffer[lineFeed - 1] !== 0x0d || lineFeed - start > MAX_LINE_BYTES) throw new Error('A line without CRLF');
  return buffer.toString('latin1', start, lineFeed - 1);
}

/**
 * A value is read by the length in its line. So no text, whoever wrote it, can end the value early or start another
 * reply.
 */
function toHead(line: string): ValueHead {
  const [, key = '', flags = '', length] = /^VALUE (\S+) (\d+) (\d+)$/.exec(line) ?? [];
  const bytes = Number(length);
  if (!(bytes <= MAX_VALUE_BYTES)) throw new Error('A value without a valid length');
  return { line, key, flags, bytes };
}

function toReply({ line, key, flags, bytes }: ValueHead, buffer: Buffer, start: number): Reply {
  const textEnd = start + bytes;
  if (buffer.toString('latin1', textEnd, textEnd + VALUE_END.length) !== VALUE_END) throw toLengthError();
  return { line, value: { key, flags, text: buffer.toString('utf8', start, textEnd) } };
}

/** A value in several chunks. Each chunk is copied once, into a buffer of the right size. */
class CollectedValue implements PartialValue {
  readonly #head: ValueHead;
  readonly #buffer: Buffer;
  #filled = 0;

  constructor(head: ValueHead) {
    this.#head = head;
    this.#buffer = Buffer.allocUnsafeSlow(head.bytes + VALUE_END.length);
  }

  take(buffer: Buffer, start: number): number {
    const copied = buffer.copy(this.#buffer, this.#filled, start);
    this.#filled += copied;
    return start + copied;
  }

  reply(): Reply | undefined {
    return this.#filled === this.#buffer.length ? toReply(this.#head, this.#buffer, 0) : undefined;
  }
}

/** A value that is too long to keep. Its last bytes show whether the length in its line was right. */
class SkippedValue implements PartialValue {
  readonly #head: ValueHead;
  #missingBytes: number;
  #tail = NOTHING;

  constructor(head: ValueHead) {
    this.#head = head;
    this.#missingBytes = head.bytes + VALUE_END.length;
  }

  take(buffer: Buffer, start: number): number {
    const end = Math.min(start + this.#missingBytes, buffer.length);
    this.#missingBytes -= end - start;
    const last = buffer.subarray(Math.max(start, end - VALUE_END.length), end);
    this.#tail = Buffer.concat([this.#tail, last]).subarray(-VALUE_END.length);
    return end;
  }

  reply(): Reply | undefined {
    if (this.#missingBytes > 0) return undefined;
    if (this.#tail.toString('latin1') !== VALUE_END) throw toLengthError();
    const { line, key, bytes } = this.#head;
    return { line, oversized: { key, bytes, isSkipped: true } };
  }
}

function toLengthError(): Error {
  return new Error('A value with a wrong length');
}

/** Limits of one reply. */
export interface ReplyLimit {
  readonly bytes: number;
  /** Elements of all lists of the reply together. */
  readonly elements: number;
}

/** Why a connection must be closed. */
export type ReplyFault = 'too-large' | 'no-reply' | 'tls';

/** Checks what a server sends before the client library parses it. */
export interface ReplyMeter {
  /** Returns the fault in this chunk, if any. After a fault nothing more can be read. */
  accept(chunk: Uint8Array): ReplyFault | undefined;
  /** Where the last complete reply ends in the last chunk, in bytes. */
  readonly complete: number;
  /** Whether a reply other than an error has arrived. */
  readonly hasAnswered: boolean;
  /** The first error reply, shortened; `undefined` once another reply has arrived. */
  readonly refusal: string | undefined;
}

/** Longest simple string or error. */
const MAX_LINE_BYTES = 64 * 1024;
const MAX_NUMBER_BYTES = 20;
/** `CLUSTER SLOTS` nests three lists, in newer servers four. */
const MAX_DEPTH = 8;
const MAX_REFUSAL_BYTES = 200;

const CR = 0x0d;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const SIMPLE = 0x2b;
const ERROR = 0x2d;
const INTEGER = 0x3a;
const BULK = 0x24;
const LIST = 0x2a;
const TLS_ALERT = 0x15;

/**
 * Client libraries trust lengths: they allocate a list before its first element has arrived, and buffer a text until its
 * last byte. The meter follows only the frames; texts are skipped.
 *
 * @param toLimit - Called when a reply is long.
 * @see https://redis.io/docs/latest/develop/reference/protocol-spec/
 */
export function createReplyMeter(toLimit: () => ReplyLimit): ReplyMeter {
  return new Meter(toLimit);
}

class Meter implements ReplyMeter {
  complete = 0;
  hasAnswered = false;
  refusal: string | undefined;
  readonly #toLimit: () => ReplyLimit;
  /** Type of the line that is being read; 0 = none. */
  #type = 0;
  #number = 0;
  #isNegative = false;
  #lineBytes = 0;
  #line = '';
  /** Bytes of the current element that need not be looked at. */
  #skip = 0;
  /** Whether an element ends with the skipped bytes. */
  #endsAfterSkip = false;
  /** Elements still to come, for each open list. */
  readonly #missing: number[] = [];
  /** Bytes of the current reply in earlier chunks. */
  #bytes = 0;
  #elements = 0;

  constructor(toLimit: () => ReplyLimit) {
    this.#toLimit = toLimit;
  }

  accept(chunk: Uint8Array): ReplyFault | undefined {
    const { length } = chunk;
    let at = 0;
    this.complete = 0;
    while (at < length) {
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, length - at);
        this.#skip -= skipped;
        at += skipped;
        if (this.#skip === 0 && this.#endsAfterSkip && this.#endElement()) this.complete = at;
        continue;
      }
      if (this.#type === 0) {
        const next = findTextEnd(chunk, at);
        if (next !== -1) {
          at = next;
          if (!this.hasAnswered) this.#note(BULK);
          if (this.#endElement()) this.complete = at;
          continue;
        }
        const fault = this.#beginLine(chunk[at++]);
        if (fault) return fault;
      }
      const end = this.#readLine(chunk, at);
      if (typeof end === 'string') return end;
      const fault = end < length ? this.#endLine() : undefined;
      if (fault) return fault;
      at = end + 1;
    }
    if (this.complete === length) return undefined;
    this.#bytes += length - this.complete;
    return this.#bytes > this.#toLimit().bytes ? 'too-large' : undefined;
  }

  #beginLine(type: number | undefined): ReplyFault | undefined {
    if (type !== BULK && type !== SIMPLE && type !== INTEGER && type !== LIST && type !== ERROR) {
      return type === TLS_ALERT ? 'tls' : 'no-reply';
    }
    this.#type = type;
    this.#number = 0;
    this.#isNegative = false;
    this.#lineBytes = 0;
    return undefined;
  }

  /** Returns where the line ends, or the end of the chunk when that comes first. */
  #readLine(chunk: Uint8Array, start: number): number | ReplyFault {
    const { length } = chunk;
    const type = this.#type;
    const isNumber = type !== SIMPLE && type !== ERROR;
    let at = start;
    for (; at < length; at++) {
      const byte = chunk[at] ?? CR;
      if (byte === CR) break;
      if (!isNumber) continue;
      if (byte >= ZERO && byte <= NINE) this.#number = this.#number * 10 + byte - ZERO;
      else if (byte === MINUS && at === start && this.#lineBytes === 0) this.#isNegative = true;
      else return 'no-reply';
    }
    this.#lineBytes += at - start;
    if (this.#lineBytes > (isNumber ? MAX_NUMBER_BYTES : MAX_LINE_BYTES)) return isNumber ? 'no-reply' : 'too-large';
    if (type === ERROR && !this.hasAnswered) {
      this.#line = `${this.#line}${toText(chunk.subarray(start, at))}`.slice(0, MAX_REFUSAL_BYTES);
    }
    return at;
  }

  /** Called at the CR of a line. The LF is skipped together with the text that follows. */
  #endLine(): ReplyFault | undefined {
    const type = this.#type;
    // The only negative length is -1, which means null.
    if (this.#isNegative && type !== INTEGER && this.#number !== 1) return 'no-reply';
    const size = this.#isNegative ? 0 : this.#number;
    this.#type = 0;
    this.#skip = 1;
    this.#endsAfterSkip = true;
    if (type === BULK && !this.#isNegative) {
      if (size > MAX_LINE_BYTES && size > this.#toLimit().bytes) return 'too-large';
      // The text is followed by CRLF too.
      this.#skip += size + 2;
    } else if (type === LIST && size > 0) {
      this.#elements += size;
      if (this.#missing.length >= MAX_DEPTH || this.#elements > this.#toLimit().elements) return 'too-large';
      this.#missing.push(size);
      this.#endsAfterSkip = false;
    }
    if (!this.hasAnswered) this.#note(type);
    return undefined;
  }

  #note(type: number): void {
    this.hasAnswered = type !== ERROR;
    this.refusal = this.hasAnswered ? undefined : (this.refusal ?? this.#line);
    this.#line = '';
  }

  /** Returns whether the whole reply ends with this element. */
  #endElement(): boolean {
    const missing = this.#missing;
    for (let last = missing.length - 1; last >= 0; last--) {
      const left = (missing[last] ?? 0) - 1;
      missing[last] = left;
      if (left > 0) return false;
      missing.pop();
    }
    this.#bytes = 0;
    this.#elements = 0;
    return true;
  }
}

/** The end of a text that lies completely in the chunk, as most replies do; else -1. */
function findTextEnd(chunk: Uint8Array, start: number): number {
  if (chunk[start] !== BULK) return -1;
  let size = 0;
  let at = start + 1;
  let byte = chunk[at] ?? CR;
  while (byte >= ZERO && byte <= NINE && at - start <= MAX_NUMBER_BYTES) {
    size = size * 10 + byte - ZERO;
    byte = chunk[++at] ?? 0;
  }
  // 4 = CRLF, twice.
  const end = at + 4 + size;
  return byte === CR && at > start + 1 && end <= chunk.length ? end : -1;
}

function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, MAX_REFUSAL_BYTES)).toString('latin1');
}

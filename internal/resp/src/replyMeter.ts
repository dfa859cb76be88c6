/** What a server may send in one reply. */
export interface ReplyLimit {
  readonly bytes: number;
  /** Of all lists in it together. */
  readonly elements: number;
}

/** Why a connection is given up. */
export type ReplyFault = 'too-large' | 'no-reply' | 'tls';

/** Looks at what a server sends before the client library does. */
export interface ReplyMeter {
  /** What is wrong with it, if anything is; after that nothing more can be told. */
  accept(chunk: Uint8Array): ReplyFault | undefined;
  /** How many bytes of the last chunk belong to replies that were complete with it. */
  readonly complete: number;
  /** Whether there was a reply that is no error. */
  readonly hasAnswered: boolean;
  /** The first error reply, cut, until there was another reply. */
  readonly refusal: string | undefined;
}

/** Texts and numbers on a line of their own: an error is the longest of them. */
const MAX_LINE_BYTES = 64 * 1024;
const MAX_NUMBER_BYTES = 20;
/** `CLUSTER SLOTS` has lists in lists in lists, and in newer servers one more. */
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
 * Client libraries take what a length says for granted: memory for a list is there before its first element is, and a text is
 * kept until its last byte has come. This follows the frames alone: a text is skipped, not read.
 *
 * @param toLimit - Asked when a reply turns out to be long.
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
  /** Of the line that is being read; 0 = none. */
  #type = 0;
  #number = 0;
  #isNegative = false;
  #lineBytes = 0;
  #line = '';
  /** Bytes that belong to what has begun, and need not be looked at. */
  #skip = 0;
  /** Whether an element ends with the bytes that are skipped. */
  #endsAfterSkip = false;
  /** Elements that are still to come, of each list that has begun. */
  readonly #missing: number[] = [];
  /** Of the reply that has begun, in earlier chunks. */
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

  /** Where the line ends, or the chunk when that comes first. */
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

  /** At the CR of a line: its LF is skipped, with what follows. */
  #endLine(): ReplyFault | undefined {
    const type = this.#type;
    // Negative is -1 alone, which means that there is none.
    if (this.#isNegative && type !== INTEGER && this.#number !== 1) return 'no-reply';
    const size = this.#isNegative ? 0 : this.#number;
    this.#type = 0;
    this.#skip = 1;
    this.#endsAfterSkip = true;
    if (type === BULK && !this.#isNegative) {
      if (size > MAX_LINE_BYTES && size > this.#toLimit().bytes) return 'too-large';
      // The text has a line end of its own.
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

  /** Whether a whole reply ends with it. */
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

/** Where a text ends that begins there and is in the chunk as a whole, as most replies are; else -1. */
function findTextEnd(chunk: Uint8Array, start: number): number {
  if (chunk[start] !== BULK) return -1;
  let size = 0;
  let at = start + 1;
  let byte = chunk[at] ?? CR;
  while (byte >= ZERO && byte <= NINE && at - start <= MAX_NUMBER_BYTES) {
    size = size * 10 + byte - ZERO;
    byte = chunk[++at] ?? 0;
  }
  // Two line ends.
  const end = at + 4 + size;
  return byte === CR && at > start + 1 && end <= chunk.length ? end : -1;
}

function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, MAX_REFUSAL_BYTES)).toString('latin1');
}

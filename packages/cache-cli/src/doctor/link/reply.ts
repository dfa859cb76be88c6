/** A reply of Redis or Valkey in RESP 2; `null` is the null reply. */
export type Reply = string | number | null | Refusal | readonly Reply[];

/** An error reply. Its text may repeat what was sent, so it is never shown. */
export interface Refusal {
  readonly refusal: string;
}

/** Parses the first reply in the received bytes; `undefined` while it is incomplete. Throws when it is not a reply or too large. */
export function readReply(received: Buffer, start = 0, depth = 0): { reply: Reply; end: number } | undefined {
  const lineEnd = received.indexOf('\r\n', start);
  if (lineEnd < 0) {
    if (received.length - start > MAX_LINE_BYTES || !/^[-+:$*]?$/.test(received.toString('latin1', start, start + 1)))
      throw new Error('no reply');
    return undefined;
  }
  const line = received.toString('utf8', start + 1, lineEnd);
  const end = lineEnd + 2;
  switch (received[start]) {
    case 0x2b:
      return { reply: line, end };
    case 0x2d:
      return { reply: { refusal: line }, end };
    case 0x3a:
      return { reply: Number(line), end };
    case 0x24:
      return readText(received, end, toLength(line));
    case 0x2a:
      return readList(received, end, toLength(line), depth);
    case undefined:
    default:
      throw new Error('no reply');
  }
}

/** Longest line of a reply, in bytes. */
const MAX_LINE_BYTES = 64 * 1024;
/** Limits the bytes of a text, and the elements of a list, in a reply to one of the doctor's questions. */
const MAX_LENGTH = 4 * 1024 * 1024;
const MAX_DEPTH = 8;

function toLength(line: string): number {
  const length = Number(line);
  if (!Number.isInteger(length) || length > MAX_LENGTH) throw new Error('too large a reply');
  return length;
}

function readText(received: Buffer, start: number, length: number) {
  if (length < 0) return { reply: null, end: start };
  const end = start + length;
  return received.length < end + 2 ? undefined : { reply: received.toString('utf8', start, end), end: end + 2 };
}

function readList(received: Buffer, start: number, length: number, depth: number) {
  if (length < 0) return { reply: null, end: start };
  if (depth > MAX_DEPTH) throw new Error('too deep a reply');
  const replies: Reply[] = [];
  let end = start;
  while (replies.length < length) {
    const read = readReply(received, end, depth + 1);
    if (!read) return undefined;
    replies.push(read.reply);
    end = read.end;
  }
  return { reply: replies, end };
}

/** Whether a reply is an error. */
export function isRefusal(reply: Reply | undefined): reply is Refusal {
  return typeof reply === 'object' && reply !== null && 'refusal' in reply;
}

/** The text of a reply that is a text or a number; empty for any other reply. */
export function textOf(reply: Reply | undefined): string {
  return typeof reply === 'string' || typeof reply === 'number' ? String(reply) : '';
}

/** The elements of a reply that is a list; empty for any other reply. */
export function listOf(reply: Reply | undefined): readonly Reply[] {
  return Array.isArray(reply) ? (reply as readonly Reply[]) : [];
}

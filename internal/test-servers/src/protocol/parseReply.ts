/** A reply of redis or valkey; `undefined` is the null reply. */
export type Reply = string | number | undefined | readonly Reply[];

/** A reply at the beginning of the received bytes. */
export interface ParsedReply {
  readonly reply: Reply;
  /** The text of an error reply, even if it is nested in a list. */
  readonly error?: string;
  readonly byteLength: number;
}

/**
 * Reads the reply that begins at `start` (RESP2, https://redis.io/docs/latest/develop/reference/protocol-spec/). Returns undefined while
 * it is incomplete.
 */
export function parseReply(received: Buffer, start = 0): ParsedReply | undefined {
  const lineEnd = received.indexOf('\r\n', start);
  if (lineEnd < 0) return undefined;
  const content = received.toString('utf8', start + 1, lineEnd);
  const byteLength = lineEnd + 2 - start;
  switch (String.fromCharCode(received[start] ?? 0)) {
    case '+':
      return { reply: content, byteLength };
    case '-':
      return { reply: undefined, error: content, byteLength };
    case ':':
      return { reply: Number(content), byteLength };
    case '$':
      return parseText(received, start, byteLength, Number(content));
    case '*':
      return parseList(received, start, byteLength, Number(content));
    default:
      return { reply: undefined, error: `Not a reply of redis or valkey: ${content}`, byteLength };
  }
}

function parseText(received: Buffer, start: number, lineLength: number, length: number): ParsedReply | undefined {
  if (length < 0) return { reply: undefined, byteLength: lineLength };
  const textStart = start + lineLength;
  const end = textStart + length;
  if (received.length < end + 2) return undefined;
  return { reply: received.toString('utf8', textStart, end), byteLength: end + 2 - start };
}

function parseList(received: Buffer, start: number, lineLength: number, length: number): ParsedReply | undefined {
  if (length < 0) return { reply: undefined, byteLength: lineLength };
  const replies: Reply[] = [];
  let byteLength = lineLength;
  let error: string | undefined;
  while (replies.length < length) {
    const parsed = parseReply(received, start + byteLength);
    if (!parsed) return undefined;
    replies.push(parsed.reply);
    error ??= parsed.error;
    byteLength += parsed.byteLength;
  }
  return { reply: replies, byteLength, ...(error === undefined ? {} : { error }) };
}

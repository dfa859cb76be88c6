export type ReplyValue = string | number | readonly ReplyValue[];

/** Encodes texts, numbers and lists of them as a reply. */
export function toReply(value: ReplyValue): string {
  if (typeof value === 'string') return toBulk(value);
  return typeof value === 'number' ? `:${value}\r\n` : `*${value.length}\r\n${value.map(toReply).join('')}`;
}

/** Encodes a text as a bulk string, or `undefined` as null. */
export function toBulk(text: string | undefined): string {
  return text === undefined ? '$-1\r\n' : `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
}

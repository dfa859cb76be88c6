export type ReplyValue = string | number | readonly ReplyValue[];

/** Encodes texts, numbers and lists of them as a reply. */
export function toReply(value: ReplyValue): string {
  if (typeof value === 'string') return toBulk(value);
  return typeof value === 'number' ? `:${value}\r\n` : `*${value.length}\r\n${value.map(toReply).join('')}`;
}

/** Encodes a text, or that there is none. */
export function toBulk(text: string | undefined): string {
  return text === undefined ? '$-1\r\n' : `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
}

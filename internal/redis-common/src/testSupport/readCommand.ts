/** Reads the first command, a list of bulk strings, and its length in bytes. Returns `undefined` while it is incomplete. */
export function readCommand(received: Buffer): { args: string[]; bytes: number } | undefined {
  let offset = 0;
  const readNumber = () => {
    const end = received.indexOf('\r\n', offset);
    if (end === -1) return NaN;
    const number = Number(received.toString('latin1', offset + 1, end));
    offset = end + 2;
    return number;
  };
  const args: string[] = [];
  const count = readNumber();
  while (args.length < count) {
    const length = readNumber();
    if (!(offset + length + 2 <= received.length)) return undefined;
    args.push(received.toString('utf8', offset, offset + length));
    offset += length + 2;
  }
  return args.length === count ? { args, bytes: offset } : undefined;
}

/** The message for an unreadable configuration. It says where, but never shows a part of a file, which may be a password. */
export function toConfigErrorText(error: unknown, files: readonly string[]): string {
  const message = error instanceof Error ? error.message : '';
  const named = files.length === 1 ? ` ${files[0]}` : '';
  const missing = /^Config file "(.+)" does not exist$/.exec(message);
  if (missing) {
    return files.length > 0
      ? `The file ${missing[1]} does not exist: give --config the path of one that does`
      : `There is no ${missing[1]}: run this in the folder of the app, or name its configuration by --config FILE`;
  }
  if (/looks like a URL/.test(message))
    return 'Configuration is read from files alone: give --config the path of a file';
  const place = /\bat line (\d+), column (\d+)/.exec(message);
  const file = /(?:included file|config file at) ([^,]+)/.exec(message)?.[1];
  if (place) {
    const where = file === undefined ? named : ` ${file}`;
    return `The configuration${where} is not valid YAML at line ${place[1]}, column ${place[2]}: correct it there`;
  }
  // The text after the name of a parser error is a part of the file.
  const [firstLine = ''] = message.split(/\n|, ?(?:SyntaxError|YAML\w+)\b/);
  return /^(?:Failed to read config file|Invalid env config key|Could not nest|Refusing to override|failed to include)/.test(
    firstLine,
  )
    ? `The configuration cannot be read. ${firstLine}`
    : `The configuration${named} cannot be read: see whether 'backstage-cli config:check' accepts it`;
}

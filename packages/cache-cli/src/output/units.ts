const grouped = new Intl.NumberFormat('en-US');

/** `12,345` */
export function formatCount(count: number): string {
  return grouped.format(count);
}

const byteUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** `12.1 MiB` */
export function formatBytes(bytes: number): string {
  let amount = bytes;
  let unit = 0;
  while (amount >= 1000 && unit < byteUnits.length - 1) {
    amount /= 1024;
    unit++;
  }
  return `${unit === 0 ? Math.round(amount) : amount.toFixed(1)} ${byteUnits[unit]}`;
}

const timeUnits = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const;

/** `3.5 h` */
export function formatDuration(ms: number): string {
  const [name, size] = timeUnits.find(([, each]) => ms >= each) ?? ['ms', 1];
  const amount = ms / size;
  return `${amount >= 10 || size === 1 ? Math.round(amount) : Number(amount.toFixed(1))} ${name}`;
}

/** `42 %`; a share above 0 is never shown as 0, and one below 1 never as 100. */
export function formatShare(share: number): string {
  if (share > 0 && share < 0.01) return '<1 %';
  if (share < 1 && share > 0.99) return '>99 %';
  return `${Math.round(share * 100)} %`;
}

import { formatBytes, formatCount, formatDuration, formatShare } from './units';

it.each([
  [formatCount(1234567), '1,234,567'],
  [formatBytes(0), '0 B'],
  [formatBytes(999.4), '999 B'],
  [formatBytes(1000), '1.0 KiB'],
  [formatBytes(12.1 * 1024 ** 2), '12.1 MiB'],
  [formatBytes(5000 * 1024 ** 4), '5000.0 TiB'],
  [formatDuration(0), '0 ms'],
  [formatDuration(1500), '1.5 s'],
  [formatDuration(90_000), '1.5 min'],
  [formatDuration(12 * 3_600_000), '12 h'],
  [formatDuration(3 * 86_400_000), '3 d'],
  [formatShare(0), '0 %'],
  [formatShare(0.0001), '<1 %'],
  [formatShare(0.424), '42 %'],
  [formatShare(0.9999), '>99 %'],
  [formatShare(1), '100 %'],
])('formats to %s (expected: %s)', (formatted, expected) => expect(formatted).toBe(expected));

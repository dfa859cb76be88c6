const locale = 'en';
const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
const twoDigits = new Intl.NumberFormat(locale, { maximumSignificantDigits: 2 });
const threeDigits = new Intl.NumberFormat(locale, { maximumSignificantDigits: 3 });
const time = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });
const minute = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hour12: false });
const byteUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** What stands where nothing is known. */
export const nothing = '–';

export const toCount = value => (value === undefined ? nothing : whole.format(value));

/** 0.934 is `93%`. Only all is `100%`, and only none `0%`. */
export function toPercent(ratio) {
  if (ratio === undefined) return nothing;
  const percent = ratio * 100;
  if (percent > 99 && percent < 100) return `${(Math.floor(percent * 10) / 10).toFixed(1)}%`;
  if (percent > 0 && percent < 1) return '< 1%';
  return `${Math.round(percent)}%`;
}

export function toBytes(bytes) {
  if (bytes === undefined) return nothing;
  let [value, unit] = [bytes, 0];
  while (value >= 1000 && unit < byteUnits.length - 1) [value, unit] = [value / 1024, unit + 1];
  return `${threeDigits.format(value)} ${byteUnits[unit]}`;
}

export function toDuration(ms) {
  if (ms === undefined) return nothing;
  if (ms === 0) return '0 ms';
  if (ms < 0.01) return `${twoDigits.format(Math.max(ms * 1000, 0.1))} µs`;
  if (ms < 1000) return `${ms < 100 ? twoDigits.format(ms) : whole.format(ms)} ms`;
  return toSpan(ms);
}

/** A time of which milliseconds do not matter: `4 s`, `3 min`, `2 h`. */
export function toSpan(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} days`;
}

export const toWholeMs = ms => (ms < 1 ? '< 1 ms' : `${whole.format(ms)} ms`);

export const toTime = at => time.format(new Date(at));

export const toMinute = at => minute.format(new Date(at));

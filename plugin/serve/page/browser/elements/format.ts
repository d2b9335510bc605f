const relative = new Intl.RelativeTimeFormat('en', { numeric: 'always', style: 'long' });
const units: readonly (readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number])[] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** `5 minutes ago`; a time slightly in the future, from clock skew, counts as now. */
export function formatAgo(time: string, now = Date.now()): string {
  const seconds = Math.max(0, (now - Date.parse(time)) / 1000);
  for (const [unit, length] of units)
    if (seconds >= length) return relative.format(-Math.floor(seconds / length), unit);
  return seconds < 10 ? 'just now' : 'less than a minute ago';
}

/** `0.4 s`, `12 s`, `3 min`, `2.5 h` */
export function formatDuration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${String(Math.round(seconds))} s`;
  return seconds < 7_200 ? `${String(Math.round(seconds / 60))} min` : `${(seconds / 3_600).toFixed(1)} h`;
}

/** A number with its noun: `1 Service`, `10,000 Services`. */
export function formatCount(number: number, one: string, several = `${one}s`): string {
  return `${number.toLocaleString('en-US')} ${number === 1 ? one : several}`;
}

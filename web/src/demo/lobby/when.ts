/** Points in time, in the words people use. Pure but for the language of the browser. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** `just now`, `5 min ago`, `14:05`, `Mon, 14:05`, `3 Nov`. Times are milliseconds since 1970. */
export function when(time: number, now: number, locale?: string): string {
  const age = now - time;
  if (age < MINUTE) return 'just now';
  if (age < HOUR) return `${Math.floor(age / MINUTE)} min ago`;
  const date = new Date(time);
  const isToday = date.toDateString() === new Date(now).toDateString();
  if (isToday) return date.toLocaleTimeString(locale, { hour: '2-digit', minute: '2-digit' });
  if (age < 6 * 24 * HOUR) return date.toLocaleTimeString(locale, { weekday: 'short', hour: '2-digit', minute: '2-digit' });
  return date.toLocaleDateString(locale, { day: 'numeric', month: 'short' });
}

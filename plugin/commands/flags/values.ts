import { clusterNameForm, isClusterName } from '../../lib/cluster-name.ts';
import { isDuration, parseDurationMs } from '../../lib/duration.ts';
import { expected, listed, usage } from './usage.ts';

// Readers of a flag's value: each takes the flag as written in messages, and fails with USAGE.

/** One of a few words. */
export function oneOf<T extends string>(flag: string, text: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === text);
  if (found === undefined) throw usage.invalid(flag, text, listed(allowed));
  return found;
}

/** Milliseconds; a bare number is seconds. */
export function duration(flag: string, text: string): number {
  const withUnit = /^\d+$/.test(text) ? `${text}s` : text;
  const ms = parseDurationMs(withUnit);
  if (ms > 0 && isDuration(withUnit)) return ms;
  throw usage.invalid(flag, text, expected.duration);
}

/** As `duration`, or 0 for `0s`. */
export function durationOrNone(flag: string, text: string): number {
  return text === '0s' ? 0 : duration(flag, text);
}

/** Below the limit of a timer (24 days), so that a mistyped unit is an error. */
const maxDeadlineMs = 3_600_000;

export function deadline(flag: string, text: string): number {
  const ms = duration(flag, text);
  if (ms > maxDeadlineMs) throw usage.invalid(flag, text, expected.deadline);
  return ms;
}

export function time(flag: string, text: string): Date {
  const at = new Date(text);
  if (!Number.isNaN(at.getTime()) && /^\d{4}-\d{2}-\d{2}T/.test(text)) return at;
  throw usage.invalid(flag, text, expected.time);
}

/** The URL of a server, without a login, of which no message shows anything. */
export function serverUrl(flag: string, text: string, expectation: string): URL {
  const url = URL.parse(text);
  const hasLogin = url !== null && (url.username !== '' || url.password !== '');
  if (url && !hasLogin && /^https?:$/.test(url.protocol)) return url;
  throw usage.invalid(flag, hasLogin ? '…' : text, expectation);
}

export function clusterName(flag: string, text: string): string {
  if (isClusterName(text)) return text;
  throw usage.invalid(flag, text, clusterNameForm);
}

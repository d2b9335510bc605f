import type { Application, Decision } from '../api/responses.ts';

/** What a decision means, for people who see it for the first time. */
export const decisionTitles: Readonly<Record<Decision, string>> = {
  selected: 'in the ConfigMap',
  redundant: 'the right product, but another Service is its better entry point',
  unhealthy: 'the right product, but it does not answer',
  rejected: 'looked like a known product, and is not',
  denied: 'kept out by policy, trust or an opt-out',
  ignored: 'nothing points at a known product',
};

export type Standing = 'current' | 'behind' | 'attention';

export const standingTitles: Readonly<Record<Standing, string>> = {
  current: 'Up to date',
  behind: 'Behind',
  attention: 'Needs attention',
};

/** How a ConfigMap stands to the cluster. */
export function standingOf({ behind, wanted, why }: Application): Standing {
  if (behind) return 'behind';
  return wanted === null || why !== null ? 'attention' : 'current';
}

const causes: Readonly<Record<string, string>> = {
  services: 'a Service changed',
  endpoints: 'the endpoints of a Service changed',
  namespaces: 'a Namespace changed',
  configMaps: 'the ConfigMap changed',
  applications: 'the Application changed',
  time: 'a backend has been unready for too long',
  probe: 'a backend began or ceased to answer',
  policy: 'the policy changed',
  start: 'it was behind when this process started',
};

/** What made a ConfigMap fall behind, as the end of a sentence. */
export function causeOf({ cause }: Application): string {
  return causes[cause] ?? cause;
}

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'always', style: 'long' });
const units: readonly (readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number])[] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** `5 minutes ago`; clocks that differ a little are no reason for a time to come. */
export function agoOf(time: string, now = Date.now()): string {
  const seconds = Math.max(0, (now - Date.parse(time)) / 1000);
  for (const [unit, length] of units)
    if (seconds >= length) return relative.format(-Math.floor(seconds / length), unit);
  return seconds < 10 ? 'just now' : 'less than a minute ago';
}

/** A number of things, with the thousands apart. */
export function count(number: number, one: string, several = `${one}s`): string {
  return `${number.toLocaleString('en-US')} ${number === 1 ? one : several}`;
}

import type { ConfigMapChanges } from './api/responses.ts';

export const dayMs = 86_400_000;

/** A part of the last day, in milliseconds since the epoch. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** How well a ConfigMap followed the cluster during the last day, as far as this replica knows. */
export interface Freshness {
  /** The part of the day for which anything is known. */
  readonly known: Span;
  /** Parts of it in which the ConfigMap was out of date, oldest first. */
  readonly outOfDate: readonly Span[];
  /** Other parts of it in which a problem hid whether it was out of date, oldest first. */
  readonly hidden: readonly Span[];
  /** Share of the known and not hidden time, from 0 to 1. */
  readonly upToDate: number;
}

export type WatchedChanges = Pick<ConfigMapChanges, 'completeSince' | 'pending' | 'history' | 'counts'>;

/** For the day before `now`, in milliseconds since the epoch. */
export function freshnessOf({ completeSince, pending, history, counts }: WatchedChanges, now: number): Freshness {
  const known = { from: Math.min(now, Math.max(now - dayMs, Date.parse(completeSince))), to: now };
  const ended = history.map(({ at, tookSeconds }) => spanOf(at, (tookSeconds ?? 0) * 1_000)).toReversed();
  const all = pending ? [...ended, { from: Date.parse(pending.at), to: now }] : ended;
  const outOfDate = merged(within(known, all));
  const problems = merged(
    within(
      known,
      countedSpans(counts, ({ services }) => (services ? null : {}), now),
    ),
  );
  const hidden = problems.flatMap((span) => subtractSpans(span, outOfDate));
  const total = known.to - known.from - lengthOf(hidden);
  return { known, outOfDate, hidden, upToDate: total === 0 ? 1 : 1 - lengthOf(outOfDate) / total };
}

/** The parts of the spans that lie within the whole. */
function within(whole: Span, spans: readonly Span[]): readonly Span[] {
  return spans.flatMap((span) => {
    const [from, to] = [Math.max(span.from, whole.from), Math.min(span.to, whole.to)];
    return to > from ? [{ from, to }] : [];
  });
}

/** The parts of a span outside of the others, which do not overlap; oldest first. */
export function subtractSpans({ from, to }: Span, others: readonly Span[]): readonly Span[] {
  const starts = [from, ...others.map((one) => one.to)];
  const gaps = starts.map((start, index) => ({ from: start, to: others[index]?.from ?? to }));
  return within({ from, to }, gaps);
}

/** Oldest first. Overlapping spans, from a clock that was set back, are merged. */
function merged(spans: readonly Span[]): readonly Span[] {
  const all: Span[] = [];
  for (const { from, to } of spans.toSorted((a, b) => a.from - b.from)) {
    const last = all.at(-1);
    if (last && from < last.to) all[all.length - 1] = { from: last.from, to: Math.max(last.to, to) };
    else all.push({ from, to });
  }
  return all;
}

function spanOf(at: string, lengthMs: number): Span {
  return { from: Date.parse(at), to: Date.parse(at) + lengthMs };
}

export function lengthOf(spans: readonly Span[]): number {
  return spans.reduce((sum, { from, to }) => sum + to - from, 0);
}

type Counts = ConfigMapChanges['counts'];

/** The parts of the day before `now` with a known number, each with the result of `numbersOf`. */
export function countedSpans<Numbers extends object>(
  counts: Counts,
  numbersOf: (one: Counts[number]) => Numbers | null,
  now: number,
): readonly (Span & Numbers)[] {
  return counts.flatMap((one, index) => {
    const from = Math.max(now - dayMs, Date.parse(one.at));
    const next = counts[index + 1];
    const to = next ? Math.min(now, Date.parse(next.at)) : now;
    const numbers = numbersOf(one);
    return numbers && to > from ? [{ from, to, ...numbers }] : [];
  });
}

import type { ConfigMapChanges } from '../api/responses.ts';
import { h, svg } from '../elements/dom.ts';
import type { Child } from '../elements/dom.ts';
import { formatCount, formatDuration } from '../elements/format.ts';
import { countedSpans, dayMs, freshnessOf } from '../last-day.ts';
import type { CountedSpan, Freshness, Span, Watched } from '../last-day.ts';

/** Units of a chart's width, and height. */
const width = 1_000;
const height = 40;
/** A few seconds of a day would not be seen. */
const minWidth = 3;

/** Two charts, each with what it shows in words below it, and since when that is known. */
export function lastDayView(changes: Watched & Pick<ConfigMapChanges, 'counts'>, now = Date.now()): Child {
  return h('div', { class: 'charts' }, freshnessView(freshnessOf(changes, now)), countsView(changes.counts, now));
}

function freshnessView({ known, outOfDate, upToDate }: Freshness): HTMLElement {
  const bar = (kind: string, span: Span, top: number, least = 0): SVGElement =>
    svg('rect', { class: kind, ...placeOf(span, known, least), y: top, height: height - top });
  const longest = Math.max(0, ...outOfDate.map(({ from, to }) => to - from));
  const times =
    outOfDate.length === 0
      ? 'It was never out of date.'
      : `It was out of date ${formatCount(outOfDate.length, 'time')}, for ${formatDuration(longest / 1_000)} at most.`;
  return figure(
    'Up to date',
    // It never says 100 % of what was out of date for a second.
    `Up to date ${outOfDate.length === 0 ? '100' : (Math.floor(upToDate * 10_000) / 100).toFixed(2)} % of ${knownOf(known)}. ${times}`,
    known,
    [bar('known', known, height * 0.7), ...outOfDate.map((span) => bar('out-of-date', span, 0, minWidth))],
  );
}

/** `the last day`, or the part of it that is known. */
function knownOf({ from, to }: Span): string {
  return to - from >= dayMs
    ? 'the last day'
    : `the last ${formatDuration((to - from) / 1_000)}, as far back as is known`;
}

function countsView(counts: ConfigMapChanges['counts'], now: number): Child {
  const spans = countedSpans(counts, now);
  const last = spans.at(-1);
  if (!last) return null;
  const known = { from: spans[0]?.from ?? now, to: now };
  const most = Math.max(1, ...spans.map(({ selected, unhealthy }) => selected + unhealthy));
  const bar = (kind: string, span: CountedSpan, number: number, below: number): SVGElement => {
    const [top, size] = [height - ((number + below) / most) * height, (number / most) * height];
    return svg('rect', { class: kind, ...placeOf(span, known, minWidth), y: top, height: size });
  };
  const range = (numbers: readonly number[]): string => {
    const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
    return low === high ? String(low) : `${String(low)} to ${String(high)}`;
  };
  const selected = spans.map((one) => one.selected);
  const unhealthy = spans.map((one) => one.unhealthy);
  return figure(
    'Services',
    `${formatCount(last.selected, 'Service')} in it, and ${String(last.unhealthy)} left out as unhealthy (on top). ` +
      `In ${knownOf(known)}: ${range(selected)} in it, ${range(unhealthy)} unhealthy.`,
    known,
    [
      ...spans.map((span) => bar('selected', span, span.selected, 0)),
      ...spans.map((span) => bar('unhealthy', span, span.unhealthy, span.selected)),
    ],
  );
}

function placeOf({ from, to }: Span, known: Span, least: number): { readonly x: number; readonly width: number } {
  const unit = width / Math.max(1, known.to - known.from);
  const size = Math.max(least, (to - from) * unit);
  return { x: Math.min(width - size, (from - known.from) * unit), width: size };
}

/** The words say all that the picture does: it is left out for who does not see it. */
function figure(title: string, text: string, { from, to }: Span, marks: readonly SVGElement[]): HTMLElement {
  const attributes = { viewBox: `0 0 ${String(width)} ${String(height)}`, preserveAspectRatio: 'none' };
  return h(
    'figure',
    { class: 'chart' },
    svg('svg', { ...attributes, 'aria-hidden': 'true', focusable: 'false' }, ...marks),
    h(
      'p',
      { class: 'axis', 'aria-hidden': 'true' },
      h('span', {}, `${formatDuration((to - from) / 1_000)} ago`),
      h('span', {}, 'now'),
    ),
    h('figcaption', {}, h('strong', {}, `${title}: `), text),
  );
}

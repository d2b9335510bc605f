import type { ConfigMapChanges } from '../api/responses.ts';
import { h, svg } from '../elements/dom.ts';
import type { Child } from '../elements/dom.ts';
import { formatCount, formatDuration } from '../elements/format.ts';
import { countedSpans, dayMs, freshnessOf, lengthOf, subtractSpans } from '../last-day.ts';
import type { Freshness, Span, WatchedChanges } from '../last-day.ts';

/** Width and height of a chart, in its own units. */
const width = 1_000;
const height = 40;
/** Minimum width: a few seconds of a day would be invisible. */
const minWidth = 3;

/** Charts, each with a caption that says the same in words and since when it is known. */
export function lastDayView(changes: WatchedChanges & Pick<ConfigMapChanges, 'counts'>, now = Date.now()): Child {
  const { counts } = changes;
  const freshness = freshnessView(freshnessOf(changes, now));
  return h('div', { class: 'charts' }, freshness, toolsetsView(counts, now), servicesView(counts, now));
}

function freshnessView({ known, outOfDate, hidden, upToDate }: Freshness): HTMLElement {
  const bar = (kind: string, span: Span, top: number, least = 0): SVGElement =>
    svg('rect', { class: kind, ...placeOf(span, known, least), y: top, height: height - top });
  const longest = Math.max(0, ...outOfDate.map(({ from, to }) => to - from));
  const times =
    outOfDate.length === 0
      ? 'It was never out of date.'
      : `It was out of date ${formatCount(outOfDate.length, 'time')}, for ${formatDuration(longest / 1_000)} at most.`;
  const hiddenFor = formatDuration(lengthOf(hidden) / 1_000);
  const more = hidden.length === 0 ? '' : ` For ${hiddenFor} a problem hid whether it was.`;
  return figure(
    'Up to date',
    // Never says 100 % if it was out of date for even a second.
    `Up to date ${outOfDate.length === 0 ? '100' : (Math.floor(upToDate * 10_000) / 100).toFixed(2)} % of ${knownOf(known)}. ${times}${more}`,
    known,
    [
      ...subtractSpans(known, hidden).map((span) => bar('known', span, height * 0.7)),
      ...outOfDate.map((span) => bar('out-of-date', span, 0, minWidth)),
    ],
  );
}

/** `the last day`, or the part of it that is known. */
function knownOf({ from, to }: Span): string {
  return to - from >= dayMs
    ? 'the last day'
    : `the last ${formatDuration((to - from) / 1_000)}, as far back as is known`;
}

function toolsetsView(counts: ConfigMapChanges['counts'], now: number): Child {
  const spans = countedSpans(counts, (one) => one.toolsets, now);
  const last = spans.at(-1);
  if (!last) return null;
  const known = { from: spans[0]?.from ?? now, to: now };
  const [enabled, disabled, unhealthy] = (['enabled', 'disabled', 'unhealthy'] as const).map((state) =>
    rangeOf(spans.map((span) => span[state])),
  );
  return figure(
    'Toolsets',
    `${formatCount(last.enabled, 'toolset')} enabled, ${String(last.disabled)} disabled, and ${String(last.unhealthy)} left out ` +
      `with no healthy Service (on top), before overrides of Git. In ${knownOf(known)}: ${enabled ?? ''} enabled, ` +
      `${disabled ?? ''} disabled, ${unhealthy ?? ''} left out.`,
    known,
    stackOf(spans, ['enabled', 'disabled', 'unhealthy'], known),
  );
}

function servicesView(counts: ConfigMapChanges['counts'], now: number): Child {
  const spans = countedSpans(counts, (one) => one.services, now);
  const last = spans.at(-1);
  if (!last) return null;
  const known = { from: spans[0]?.from ?? now, to: now };
  const [selected, unhealthy] = (['selected', 'unhealthy'] as const).map((state) =>
    rangeOf(spans.map((span) => span[state])),
  );
  return figure(
    'Services',
    `${formatCount(last.selected, 'Service')} in it, and ${String(last.unhealthy)} left out as unhealthy (on top). ` +
      `In ${knownOf(known)}: ${selected ?? ''} in it, ${unhealthy ?? ''} unhealthy.`,
    known,
    stackOf(spans, ['selected', 'unhealthy'], known),
  );
}

function rangeOf(numbers: readonly number[]): string {
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  return low === high ? String(low) : `${String(low)} to ${String(high)}`;
}

/** A bar for each span and state, the states stacked. */
function stackOf<State extends string>(
  spans: readonly (Span & Readonly<Record<State, number>>)[],
  states: readonly State[],
  known: Span,
): readonly SVGElement[] {
  const heights = spans.map((span) => states.reduce((sum, state) => sum + span[state], 0));
  const unit = height / Math.max(1, ...heights);
  return spans.flatMap((span) => {
    let top = height;
    return states.map((state) => {
      const size = span[state] * unit;
      top -= size;
      return svg('rect', { class: state, ...placeOf(span, known, minWidth), y: top, height: size });
    });
  });
}

function placeOf({ from, to }: Span, known: Span, least: number): { readonly x: number; readonly width: number } {
  const unit = width / Math.max(1, known.to - known.from);
  const size = Math.max(least, (to - from) * unit);
  return { x: Math.min(width - size, (from - known.from) * unit), width: size };
}

/** The caption says all that the picture does, so screen readers skip the picture. */
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

import { expect } from 'chai';
import { countedSpans, freshnessOf } from '../../../../plugin/serve/page/browser/last-day.ts';

type Changes = Parameters<typeof freshnessOf>[0];

const hourMs = 3_600_000;
const now = Date.parse('2026-01-02T00:00:00Z');
const ago = (hours: number): string => new Date(now - hours * hourMs).toISOString();
const nothing: Changes = { completeSince: ago(48), pending: null, history: [], counts: [] };
const ended = (hours: number, tookSeconds: number | null): Changes['history'][number] => ({
  at: ago(hours),
  cause: 'services',
  services: { items: [], total: 0 },
  toolsets: null,
  outcome: 'applied',
  tookSeconds,
});

describe('plugin/serve/page/last-day', () => {
  it('covers at most one day', () => {
    const { known, upToDate, outOfDate } = freshnessOf(nothing, now);

    expect(known).to.deep.equal({ from: now - 24 * hourMs, to: now });
    expect([upToDate, outOfDate]).to.deep.equal([1, []]);
  });

  it('starts with the history', () => {
    expect(freshnessOf({ ...nothing, completeSince: ago(3) }, now).known.from).to.equal(now - 3 * hourMs);
    // The clock of the browser may be behind.
    expect(freshnessOf({ ...nothing, completeSince: ago(-1) }, now)).to.deep.include({
      known: { from: now, to: now },
      upToDate: 1,
    });
  });

  it('counts the time during which a ConfigMap was, or still is, out of date', () => {
    const pending = { ...ended(1, null), toolsets: null };
    const history = [ended(6, null), ended(10, 7_200), ended(25, 7_200), ended(40, 10)];
    const { outOfDate, upToDate } = freshnessOf({ ...nothing, pending, history }, now);

    // The one of 25 hours ago counts from the beginning of the day on; that without a time was never seen to be out of date.
    expect(outOfDate.map(({ from, to }) => [(now - from) / hourMs, (now - to) / hourMs])).to.deep.equal([
      [24, 23],
      [10, 8],
      [1, 0],
    ]);
    expect(upToDate).to.be.closeTo(20 / 24, 1e-9);
  });

  it('excludes time during which a problem hid whether a ConfigMap was out of date', () => {
    const services = { selected: 2, unhealthy: 1 };
    const counts = [
      { at: ago(30), services: null, toolsets: null },
      { at: ago(20), services, toolsets: null },
      { at: ago(5), services: null, toolsets: null },
      { at: ago(1), services, toolsets: null },
    ];
    const { outOfDate, hidden, upToDate } = freshnessOf({ ...nothing, counts, history: [ended(6, 7_200)] }, now);

    const hours = ({ from, to }: { from: number; to: number }): number[] => [
      (now - from) / hourMs,
      (now - to) / hourMs,
    ];
    expect(outOfDate.map(hours)).to.deep.equal([[6, 4]]);
    expect(hidden.map(hours)).to.deep.equal([
      [24, 20],
      [4, 1],
    ]);
    expect(upToDate).to.be.closeTo(15 / 17, 1e-9);
  });

  it("counts no time twice when the server's clock was set back", () => {
    const pending = { ...ended(9, null), toolsets: null };
    const history = [ended(20, 12 * 3_600), ended(22, 12 * 3_600)];
    const { outOfDate, upToDate } = freshnessOf({ ...nothing, pending, history }, now);

    expect(outOfDate.map(({ from, to }) => [(now - from) / hourMs, (now - to) / hourMs])).to.deep.equal([[22, 0]]);
    expect(upToDate).to.be.closeTo(2 / 24, 1e-9);
  });

  it('returns the known numbers of Services and of toolsets of the last day', () => {
    const services = { selected: 2, unhealthy: 1 };
    const toolsets = { enabled: 3, disabled: 1, unhealthy: 0 };
    const counts = [
      { at: ago(30), services, toolsets: null },
      { at: ago(20), services: null, toolsets: null },
      { at: ago(10), services: { selected: 3, unhealthy: 0 }, toolsets },
    ];
    expect(countedSpans(counts, (one) => one.toolsets, now)).to.deep.equal([
      { ...toolsets, from: now - 10 * hourMs, to: now },
    ]);
    const spans = countedSpans(counts, (one) => one.services, now).map(({ from, to, ...numbers }) => ({
      ...numbers,
      hours: [(now - from) / hourMs, (now - to) / hourMs],
    }));

    expect(spans).to.deep.equal([
      { ...services, hours: [24, 20] },
      { selected: 3, unhealthy: 0, hours: [10, 0] },
    ]);
    expect(countedSpans([], (one) => one.services, now)).to.deep.equal([]);
  });
});

import { expect } from 'chai';
import {
  ConfigMapHistory,
  maxChanges,
  maxConfigMaps,
  maxCounts,
} from '../../../../../plugin/serve/http/state/config-map-history.ts';
import { maxToolsets } from '../../../../../plugin/serve/http/state/toolset-changes.ts';
import type { Verdict } from '../../../../../plugin/discovery/decision.ts';
import { configMapProblem } from '../../../../../plugin/serve/reasons.ts';
import type { ObservedDiscovery } from '../../../../../plugin/serve/reconcile/evaluation/inputs.ts';
import { noSourceChanges } from '../../../../../plugin/serve/reconcile/evaluation/source-changes.ts';
import type { SourceChange, SourceChanges } from '../../../../../plugin/serve/reconcile/evaluation/source-changes.ts';
import type { ConfigMapStatus } from '../../../../../plugin/serve/reconcile/status.ts';
import { testClock } from '../../../../support/clock.ts';
import type { TestClock } from '../../../../support/clock.ts';
import { upToDate } from '../../config-map-status.ts';

const key = 'holmesgpt/toolsets';
const behind: ConfigMapStatus = { ...upToDate, desired: 'b', outOfDateSince: 1, cause: 'services' };
const after: ConfigMapStatus = { ...upToDate, digest: 'b', desired: 'b', cause: 'configMaps' };
const loki: SourceChange = {
  service: 'logging/loki',
  toolset: 'grafana/loki',
  change: 'added',
  fields: [],
  reason: 'Healthy',
  message: 'http :3100',
};

describe('plugin/serve/http/state/config-map-history', () => {
  let clock: TestClock;
  let history: ConfigMapHistory;

  beforeEach(() => {
    clock = testClock();
    history = new ConfigMapHistory(clock);
  });

  function discovered(digest: string, names: readonly string[], changes: SourceChanges = noSourceChanges): void {
    const toolsets = Object.fromEntries(names.map((name) => [name, { enabled: true, of: name }]));
    history.recordDiscovery(key, { digest, file: { toolsets, mcp_servers: {} }, changes, conclusion: concluded([]) });
  }

  it('returns the pending change with its start, Services and toolsets', () => {
    discovered('a', ['kept', 'gone']);
    history.recordStatus(upToDate, undefined);
    clock.advance(5_000);
    discovered('b', ['kept', 'new'], { items: [loki], total: 1 });
    history.recordStatus(behind, upToDate);

    expect(history.pending(key)).to.deep.include({
      at: clock.epochMs(),
      cause: 'services',
      outcome: 'pending',
      tookMs: null,
      services: { items: [loki], total: 1 },
      toolsets: {
        items: [
          { section: 'toolsets', name: 'gone', change: 'removed' },
          { section: 'toolsets', name: 'new', change: 'added' },
        ],
        total: 2,
      },
    });
  });

  it('records how long a change took, and whether it was applied or reverted', () => {
    discovered('a', []);
    discovered('b', ['new']);
    for (const end of [after, upToDate]) {
      history.recordStatus(upToDate, undefined);
      history.recordStatus(behind, upToDate);
      clock.advance(1_500);
      history.recordStatus(end, behind);
    }

    expect(history.pending(key)).to.equal(null);
    expect(history.ended(key).map(({ outcome, tookMs }) => [outcome, tookMs])).to.deep.equal([
      ['reverted', 1_500],
      ['applied', 1_500],
    ]);
    expect(history.ended(key)[0]?.toolsets?.total).to.equal(1);
  });

  it('continues a pending change that grows, even after the desired state was unknown in between', () => {
    history.recordStatus(upToDate, undefined);
    history.recordStatus(behind, upToDate);
    const { at } = history.pending(key)!;
    clock.advance(2_000);
    const problem: ConfigMapStatus = {
      ...behind,
      desired: null,
      outOfDateSince: null,
      problem: configMapProblem('ApplicationNotFound'),
    };
    history.recordStatus(problem, behind);
    const grown = { ...behind, desired: 'c' };
    discovered('c', ['more'], { items: [loki], total: 1 });
    history.recordStatus(grown, problem);

    expect(history.pending(key)).to.deep.include({ at, services: { items: [loki], total: 1 } });
    clock.advance(1_000);
    history.recordStatus({ ...after, digest: 'c', desired: 'c' }, grown);
    expect(history.ended(key)).to.have.lengthOf(1);
    expect(history.ended(key)[0]).to.deep.include({ at, tookMs: 3_000 });
  });

  it('ends a change that is applied while a newer one is already desired', () => {
    discovered('a', []);
    discovered('b', ['first']);
    discovered('c', ['first', 'second']);
    history.recordStatus(upToDate, undefined);
    history.recordStatus(behind, upToDate);
    clock.advance(1_000);
    const between: ConfigMapStatus = { ...behind, digest: 'b', desired: 'c' };
    history.recordStatus(between, behind);
    expect(history.pending(key)).to.deep.include({ at: clock.epochMs() });
    clock.advance(500);
    history.recordStatus({ ...after, digest: 'c', desired: 'c' }, between);

    expect(
      history
        .ended(key)
        .map(({ outcome, tookMs, toolsets }) => [outcome, tookMs, toolsets?.items.map(({ name }) => name)]),
    ).to.deep.equal([
      ['applied', 500, ['second']],
      ['applied', 1_000, ['first']],
    ]);
  });

  it('records the whole change when the ConfigMap is updated in steps', () => {
    discovered('a', []);
    discovered('b', ['first']);
    discovered('c', ['first', 'second']);
    history.recordStatus(upToDate, undefined);
    history.recordStatus(behind, upToDate);
    const grown: ConfigMapStatus = { ...behind, desired: 'c' };
    history.recordStatus(grown, behind);
    const late: ConfigMapStatus = { ...grown, digest: 'b' };
    history.recordStatus(late, grown);
    expect(history.pending(key)?.toolsets?.items.map(({ name }) => name)).to.deep.equal(['second']);
    history.recordStatus({ ...after, digest: 'c', desired: 'c' }, late);

    expect(history.ended(key).map(({ toolsets }) => toolsets?.items.map(({ name }) => name))).to.deep.equal([
      ['first', 'second'],
    ]);
  });

  it('records a change that was applied before the ConfigMap was seen as out of date', () => {
    discovered('a', []);
    history.recordStatus(upToDate, undefined);
    discovered('b', ['new']);
    history.recordStatus(after, upToDate);
    history.recordStatus(after, after);

    expect(history.ended(key)).to.have.lengthOf(1);
    expect(history.ended(key)[0]).to.deep.include({ cause: 'configMaps', outcome: 'applied', tookMs: null });
  });

  it('omits the toolsets of a pending change when the previous discovery is unknown', () => {
    discovered('b', ['new']);
    history.recordStatus(behind, undefined);

    expect(history.pending(key)?.toolsets).to.equal(null);
    expect(history.since).to.equal(clock.epochMs());
  });

  it('starts over when a ConfigMap is recreated', () => {
    history.recordStatus(behind, undefined);
    history.recordStatus(undefined, behind);

    expect(history.pending(key)).to.equal(null);
    history.recordStatus(upToDate, undefined);
    expect(history.ended(key)).to.deep.equal([]);
  });

  it('bounds its changes, their named toolsets and the number of its ConfigMaps', () => {
    const names = Array.from({ length: maxToolsets + 5 }, (_, index) => `toolset-${String(index)}`);
    discovered('a', []);
    discovered('b', names);
    for (let index = 0; index <= maxChanges; index += 1) {
      history.recordStatus(behind, upToDate);
      history.recordStatus(after, behind);
    }
    expect(history.ended(key)).to.have.lengthOf(maxChanges);
    expect(history.ended(key)[0]?.toolsets).to.include({ total: names.length });
    expect(history.ended(key)[0]?.toolsets?.items).to.have.lengthOf(maxToolsets);

    for (let index = 0; index < maxConfigMaps; index += 1)
      history.recordStatus({ ...behind, name: `other-${String(index)}` }, undefined);
    expect(history.ended(key)).to.deep.equal([]);
  });

  it('drops discovered toolsets beyond its size limit, and then omits them', () => {
    const large = Array.from({ length: 2_000 }, (_, index) => `${'x'.repeat(400)}${String(index)}`);
    discovered('a', []);
    for (let index = 0; index < 5; index += 1) discovered(`large-${String(index)}`, large);
    history.recordStatus({ ...behind, desired: 'large-4' }, undefined);

    expect(history.fileOf(key, 'a')).to.equal(null);
    expect(history.pending(key)?.toolsets).to.equal(null);
  });

  it('counts the Services of a ConfigMap when their number changes, and keeps the latest counts', () => {
    const counted = (selected: number): ConfigMapStatus => ({ ...upToDate, services: { selected, unhealthy: 0 } });
    history.recordStatus(counted(1), undefined);
    const first = clock.epochMs();
    clock.advance(1_000);
    history.recordStatus(counted(1), counted(1));
    history.recordStatus({ ...counted(1), problem: configMapProblem('ApplicationNotFound') }, counted(1));
    expect(history.counts(key)).to.deep.equal([
      { at: first, services: { selected: 1, unhealthy: 0 }, toolsets: null },
      { at: first + 1_000, services: null, toolsets: null },
    ]);

    for (let count = 0; count <= maxCounts; count += 1) history.recordStatus(counted(count), upToDate);
    expect(history.counts(key)).to.have.length(maxCounts);
    expect(history.counts(key).at(-1)?.services?.selected).to.equal(maxCounts);
    history.recordStatus(undefined, upToDate);
    expect(history.counts(key)).to.deep.equal([]);
  });

  it('counts toolsets by state; one with any healthy Service does not count as unhealthy', () => {
    const toolsets = { on: { enabled: true }, plain: { url: 'http://a' }, off: { enabled: false } };
    const conclusion = concluded([
      ['selected', 'on'],
      ['unhealthy', 'on'],
      ['unhealthy', 'down'],
      ['unhealthy', 'down'],
      ['rejected', 'other'],
    ]);
    const file = { toolsets, mcp_servers: { mcp: { url: 'http://b' } } };
    history.recordDiscovery(key, { digest: 'a', file, changes: noSourceChanges, conclusion });
    history.recordStatus(upToDate, undefined);

    expect(history.counts(key).map((one) => one.toolsets)).to.deep.equal([{ enabled: 3, disabled: 1, unhealthy: 1 }]);
  });

  it('reports its history as complete since its start, or since its oldest change once it is full', () => {
    expect(history.completeSince(key)).to.equal(history.since);
    for (let change = 1; change <= maxChanges + 1; change += 1) {
      clock.advance(1_000);
      const before = { ...upToDate, digest: String(change - 1) };
      history.recordStatus({ ...upToDate, digest: String(change), desired: String(change) }, before);
    }

    expect(history.completeSince(key)).to.equal(history.ended(key).at(-1)?.at);
    expect(history.completeSince(key)).to.be.greaterThan(history.since);
  });
});

function concluded(decisions: readonly (readonly [Verdict, string])[]): ObservedDiscovery['conclusion'] {
  const made = decisions.map(([decision, toolset]) => ({ decision, toolset }));
  return { decisions: made } as unknown as ObservedDiscovery['conclusion'];
}

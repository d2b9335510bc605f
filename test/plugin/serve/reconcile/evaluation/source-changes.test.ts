import { expect } from 'chai';
import {
  changesOf,
  leftOutReason,
  maxSourceChanges,
  sourceChanges,
} from '../../../../../plugin/serve/reconcile/evaluation/source-changes.ts';
import type { SourceChange } from '../../../../../plugin/serve/reconcile/evaluation/source-changes.ts';
import type { ConfigMapMetadata } from '../../../../../plugin/serve/reconcile/config-map-metadata.ts';
import type { SelectionResult } from '../../../../../plugin/discovery/selection/select-backends.ts';
import { decide } from '../../../../../plugin/discovery/decision.ts';
import type { Candidate, Decision } from '../../../../../plugin/discovery/decision.ts';
import { candidate } from '../../../../support/candidate.ts';
import { serviceView } from '../../../../support/service-view.ts';

const toolset = 'prometheus/metrics';
const gone = { reason: 'ServiceGone', message: 'gone' };

describe('plugin/serve/reconcile/evaluation/source-changes', () => {
  function changes(
    lines: readonly string[],
    admitted: readonly Candidate[],
    others: readonly Decision[] = [],
  ): readonly SourceChange[] {
    const decisions = [
      ...others,
      ...admitted.map((one) => decide(one, 'selected', { reason: 'Ready', message: 'answered' })),
    ];
    return sourceChanges(live(lines), { sources: sourcesOf(admitted), decisions }, () => gone).items;
  }

  const live = (lines: readonly string[]): Parameters<typeof sourceChanges>[0] => ({
    annotations: { 'kubernaut.io/toolset-sources': [`${toolset}:`, ...lines.map((line) => `  ${line}`)].join('\n') },
    data: {},
  });
  const one = candidate('b/one');
  const { scheme, host, port } = one.endpoint;
  const url = `${scheme}://${host}:${String(port)}`;

  it('reports none when the Services and their addresses are those of the ConfigMap', () => {
    expect(changes([`b/one ${url}`], [one])).to.deep.equal([]);
  });

  it('ignores remembered Services that are not in the ConfigMap', () => {
    const beside = (['evicted', 'unproved'] as const).map((state) => ({ candidate: one, state }));

    expect(sourceChanges(live([]), { sources: beside, decisions: [] }, () => gone).total).to.equal(0);
  });

  it('reports a new Service, and one that is healthy again', () => {
    for (const lines of [[], [`b/one ${url} evicted`]])
      expect(changes(lines, [one])).to.deep.equal([
        { service: 'b/one', toolset, change: 'added', fields: [], reason: 'Ready', message: 'answered' },
      ]);
  });

  it('reports each part of an address that has changed', () => {
    expect(changes(['b/one https://one.b:9443/prefix'], [one])[0]).to.deep.include({
      change: 'changed',
      fields: [
        { field: 'scheme', before: 'https', after: scheme },
        { field: 'host', before: 'one.b', after: host },
        { field: 'port', before: '9443', after: String(port) },
        { field: 'path', before: '/prefix', after: '' },
      ],
    });
  });

  it('omits unchanged parts of an address, and leaves the old port empty if none was written', () => {
    expect(changes([`b/one ${scheme}://${host}:1`], [one])[0]?.fields).to.deep.equal([
      { field: 'port', before: '1', after: String(port) },
    ]);
    expect(changes([`b/one ${scheme}://${host}/prefix`], [one])[0]?.fields).to.deep.equal([
      { field: 'port', before: '', after: String(port) },
      { field: 'path', before: '/prefix', after: '' },
    ]);
  });

  it('reports none when the digests are equal, whatever is remembered', () => {
    const metadata = { live: live([]), digest: 'd' } as ConfigMapMetadata;
    const conclusion = { sources: sourcesOf([one]), decisions: [] as readonly Decision[] } as SelectionResult;
    const total = (digest: string): number => changesOf(metadata, { digest, conclusion }, () => gone).total;

    expect([total('d'), total('other')]).to.deep.equal([0, 1]);
  });

  it('prefers the decision for the toolset to another one for the Service, and that to none', () => {
    const of = (product: string, reason: 'NotReady' | 'Denied'): Decision => ({
      ...decide(one, 'unhealthy', { reason: 'NotReady', message: reason }),
      toolset: product,
    });
    const told = (...others: readonly Decision[]): string | undefined =>
      changes([`b/one ${url}`], [], [decide(candidate('b/other'), 'unhealthy', gone as never), ...others])[0]?.message;

    expect(told(of('other', 'Denied'), of(toolset, 'NotReady'))).to.equal('NotReady');
    expect(told(of('other', 'Denied'), of('third', 'NotReady'))).to.equal('Denied');
    expect(told()).to.equal(gone.message);
  });

  it('reports why a Service is removed: by its decision, or else by what is known of the Service', () => {
    const unhealthy = decide(one, 'unhealthy', { reason: 'NotReady', message: 'no endpoint is ready' });

    expect(changes([`b/one ${url}`], [], [unhealthy])[0]).to.deep.include({ change: 'removed', reason: 'NotReady' });
    expect(changes([`b/one ${url}`], [])[0]).to.deep.include({ change: 'removed', ...gone });
  });

  it('treats invalid text in the annotation as a host', () => {
    expect(changes(['b/one nonsense'], [one])[0]?.fields[1]).to.deep.equal({
      field: 'host',
      before: 'nonsense',
      after: host,
    });
  });

  it('truncates a long list with its total, and long messages', () => {
    const many = Array.from({ length: maxSourceChanges + 1 }, (_, index) => candidate(`b/many-${String(index)}`));
    const decisions = many.map((each) => decide(each, 'selected', { reason: 'Ready', message: 'x'.repeat(1_000) }));
    const { items, total } = sourceChanges(live([]), { sources: sourcesOf(many), decisions }, () => gone);

    expect(items).to.have.lengthOf(maxSourceChanges);
    expect(total).to.equal(maxSourceChanges + 1);
    expect(items[0]?.message).to.have.lengthOf(200);
  });

  it('gives the same reason for a missing Service as for one that the ConfigMap may not see', () => {
    const hidden = serviceView({ namespace: 'hidden', name: 'one' });
    const services = { get: (key: string) => (key === 'hidden/one' ? hidden : undefined), others: () => [] };
    const reasonOf = leftOutReason({ evaluate: () => null }, services);

    expect(reasonOf('hidden/one')).to.deep.equal(reasonOf('b/missing'));
    expect(reasonOf('b/missing').reason).to.equal('ServiceGone');
  });

  it('reports NoEvidence for a Service that nothing points at any more', () => {
    const plain = serviceView({ namespace: 'b', name: 'one' });
    const decision = { ...decide(one, 'ignored', { reason: 'NoEvidence', message: 'nothing points at it' }) };
    const reasonOf = leftOutReason({ evaluate: () => ({ decision }) }, { get: () => undefined, others: () => [plain] });

    expect(reasonOf('b/one')).to.deep.include({ reason: 'NoEvidence' });
  });
});

function sourcesOf(admitted: readonly Candidate[]): Parameters<typeof sourceChanges>[1]['sources'] {
  return admitted.map((each) => ({ candidate: each, state: 'in' }));
}

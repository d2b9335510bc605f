import { expect } from 'chai';
import { limitLearnedFacts } from '../../../../plugin/discovery/selection/learned-room.ts';
import type { Source } from '../../../../plugin/discovery/selection/previous-sources.ts';
import { writeSources } from '../../../../plugin/discovery/selection/previous-sources.ts';
import { keyOf } from '../../../../plugin/lib/object-key.ts';
import { candidate } from '../../../support/candidate.ts';

describe('plugin/discovery/selection/learned-room', () => {
  const labels = { namespace: 'resource.attributes.k8s.namespace.name', pod: 'resource.attributes.k8s.pod.name' };
  const learned = { tenants: ['x'.repeat(63)], labels, askedFor: '' };

  function stores(namespace: string, count: number): Source[] {
    return Array.from({ length: count }, (_, index) => {
      const one = candidate(`${namespace}/store-${String(index)}`, { learned });
      return { candidate: one, state: 'in' };
    });
  }

  function remembered(sources: readonly Source[], trusted = ''): string[] {
    const kept = limitLearnedFacts(sources, (namespace) => namespace === trusted);
    expect(kept.map((one) => one.candidate)).to.deep.equal(sources.map((one) => one.candidate));
    return kept.flatMap((one) => (one.forgets ? [] : [keyOf(one.candidate.service)]));
  }

  it('limits what is remembered of all stores to 24,000 characters, keeping the first of a namespace', () => {
    const many = stores('a', 400);
    const without = many.map(({ state, ...source }): Source => ({
      candidate: { ...source.candidate, learned: { ...learned, tenants: [], labels: {} } },
      state,
    }));
    const lengthOf = (some: readonly Source[]): number => writeSources(limitLearnedFacts(some, () => false)).length;
    const kept = remembered(many);

    expect(kept.length).to.be.within(100, 300);
    expect(kept).to.deep.equal(many.slice(0, kept.length).map((one) => keyOf(one.candidate.service)));
    expect(lengthOf(many) - lengthOf(without)).to.be.below(24_000);
  });

  it('shares the limit between namespaces in turns, so that hundreds of stores of one leave room for another', () => {
    const kept = remembered([...stores('a', 400), ...stores('b', 2)]);

    expect(kept.filter((key) => key.startsWith('b/'))).to.deep.equal(['b/store-0', 'b/store-1']);
  });

  it('keeps the same stores once the ConfigMap groups them by toolset', () => {
    const [first = [], second = []] = [stores('a', 120), stores('b', 120)].map((some, index) =>
      some.map((one) => ({ ...one, candidate: { ...one.candidate, toolset: index === 0 ? 'y' : 'x' } })),
    );
    const now = remembered(first.flatMap((one, index) => [one, second[index]!]));

    expect(remembered([...second, ...first]).toSorted()).to.deep.equal(now.toSorted());
  });

  it('keeps trusted stores first, however many other namespaces there are', () => {
    const tenants = Array.from({ length: 200 }, (_, index) => stores(`a-${String(index)}`, 1)).flat();
    const kept = remembered([...tenants, ...stores('monitoring', 5)], 'monitoring');

    expect(kept.filter((key) => key.startsWith('monitoring/'))).to.have.length(5);
  });
});

import { expect } from 'chai';
import fc from 'fast-check';
import type { Candidate } from '../../../../plugin/discovery/decision.ts';
import { capPerNamespace, rankAndLimit } from '../../../../plugin/discovery/selection/rank-and-limit.ts';
import type { RankingContext } from '../../../../plugin/discovery/selection/ranking.ts';
import { candidate } from '../../../support/candidate.ts';
import { sourceKey } from '../../../../plugin/discovery/selection/previous-sources.ts';

function context({ trusted = [], admitted = [] }: { trusted?: string[]; admitted?: Candidate[] } = {}): RankingContext {
  return {
    isTrusted: (namespace) => trusted.includes(namespace),
    previouslyAdmitted: new Map(
      admitted.map((one, place) => [
        sourceKey(one),
        {
          url: '',
          needsCredential: false,
          needsTenant: false,
          learned: null,
          probed: [],
          proofs: [],
          evicted: false,
          place,
        },
      ]),
    ),
  };
}

/** So many candidates of a namespace, with names in the order of the alphabet. */
function crowd(namespace: string, count: number): Candidate[] {
  return Array.from({ length: count }, (_, index) => candidate(`${namespace}/${String(1000 + index)}`));
}

const keys = (candidates: readonly Candidate[]): string[] =>
  candidates.map(({ service }) => `${service.namespace}/${service.name}`);

describe('plugin/discovery/selection/rank-and-limit', () => {
  describe('candidates of an untrusted namespace', () => {
    it('are all kept up to 100', () => {
      expect(capPerNamespace(crowd('a', 100), context()).denied).to.deep.equal([]);
    });

    it('are limited to the first 100 by name, while those of other namespaces are kept', () => {
      const other = candidate('b/one');

      const { kept, denied } = capPerNamespace([...crowd('a', 102).reverse(), other], context());

      expect(kept).to.have.length(101);
      expect(keys(kept)).to.include('b/one').and.not.include('a/1100');
      expect(keys(denied.map((one) => one.candidate))).to.deep.equal(['a/1100', 'a/1101']);
      expect(denied[0]?.because.reason).to.equal('NamespaceLimit');
    });

    it('are denied in favour of one that is already in the ConfigMap', () => {
      const all = crowd('a', 101);

      const { denied } = capPerNamespace(all, context({ admitted: all.slice(100) }));

      expect(keys(denied.map((one) => one.candidate))).to.deep.equal(['a/1099']);
    });

    it('are not limited if the namespace is trusted', () => {
      expect(capPerNamespace(crowd('a', 101), context({ trusted: ['a'] })).kept).to.have.length(101);
    });
  });

  describe('backends of untrusted namespaces', () => {
    it('are limited to 400, not counting those of trusted namespaces', () => {
      const backends = [...crowd('a', 401), ...crowd('trusted', 5)];

      const { backends: admitted, denied } = rankAndLimit(
        { backends, redundant: [] },
        context({ trusted: ['trusted'] }),
        () => true,
      );

      expect(admitted).to.have.length(405);
      expect(keys(admitted.slice(0, 1))).to.deep.equal(['trusted/1000']);
      expect(keys(denied.map((one) => one.candidate))).to.deep.equal(['a/1400']);
      expect(denied[0]?.because.reason).to.equal('UntrustedLimit');
    });

    it('use one place for each tenant, as each becomes an instance', () => {
      const tenants = Array.from({ length: 16 }, (_, index) => `${String(index + 1)}:0`);
      const backends = crowd('a', 30).map((one) => ({ ...one, store: { tenants, labels: {}, from: {} } }));

      const { backends: admitted } = rankAndLimit({ backends, redundant: [] }, context(), () => true);

      expect(admitted).to.have.length(25);
    });
  });

  describe('sharing the limit between untrusted namespaces', () => {
    const admit = (backends: readonly Candidate[], admitted: readonly Candidate[] = []): Map<string, number> => {
      const { backends: kept } = rankAndLimit(
        { backends, redundant: [] },
        context({ admitted: [...admitted] }),
        () => true,
      );
      const counts = Map.groupBy(kept, ({ service }) => service.namespace);
      return new Map([...counts].map(([namespace, own]) => [namespace, own.length]));
    };

    it('leaves a fifth namespace its part beside four full ones in the ConfigMap', () => {
      const four = ['a', 'b', 'c', 'd'].flatMap((namespace) => crowd(namespace, 100));

      expect([...admit([...four, ...crowd('z', 3)], four)]).to.deep.equal([
        ['a', 100],
        ['b', 99],
        ['c', 99],
        ['d', 99],
        ['z', 3],
      ]);
    });

    it('gives each namespace all it needs or at least an equal part, whatever was admitted before', () => {
      const anyCrowds = fc.array(fc.tuple(fc.integer({ min: 1, max: 100 }), fc.nat(100)), {
        minLength: 1,
        maxLength: 30,
      });
      fc.assert(
        fc.property(anyCrowds, (sizes) => {
          const crowds = sizes.map(([size], index) => crowd(`n${String(index)}`, size));
          const admitted = crowds.flatMap((own, index) => own.slice(0, sizes[index]![1]));

          const counts = admit(crowds.flat(), admitted);

          const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
          expect(total).to.equal(Math.min(400, crowds.flat().length));
          const part = Math.floor(400 / crowds.length);
          for (const [index, own] of crowds.entries())
            expect(counts.get(`n${String(index)}`)).to.be.at.least(Math.min(own.length, part));
        }),
        { numRuns: 50 },
      );
    });

    it('drops the backends of a namespace that came last', () => {
      const own = crowd('a', 100);
      const others = ['b', 'c', 'd', 'e'].flatMap((namespace) => crowd(namespace, 100));
      const admitted = own.slice(50);

      const { denied } = rankAndLimit(
        { backends: [...own, ...others], redundant: [] },
        context({ admitted }),
        () => true,
      );

      const names = keys(denied.map((one) => one.candidate)).filter((key) => key.startsWith('a/'));
      expect(names).to.deep.equal(keys(own.slice(30, 50)));
    });

    it('admits the same backends once they are remembered, in whatever order', () => {
      const anySizes = fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 100, maxLength: 200 });
      const toolset = fc.constantFrom('metrics', 'logs', 'traces');
      fc.assert(
        fc.property(anySizes, fc.infiniteStream(toolset), (sizes, stream) => {
          const kinds = stream[Symbol.iterator]();
          const backends = sizes
            .flatMap((size, index) => crowd(`n${String(index)}`, size))
            .map((one) => ({ ...one, toolset: String(kinds.next().value) }));
          const first = rankAndLimit({ backends, redundant: [] }, context(), () => true).backends;
          // The annotation has them under their toolsets.
          const remembered = [...Map.groupBy(first, ({ toolset }) => toolset).values()].flat();

          const second = rankAndLimit({ backends, redundant: [] }, context({ admitted: remembered }), () => true);

          expect(keys(second.backends)).to.have.members(keys(first));
        }),
        { numRuns: 20 },
      );
    });

    it('does not count toolsets that hold only one backend', () => {
      const backends = crowd('a', 401).map((one, index) => {
        const toolset = `own/${String(index)}`;
        return { ...one, toolset, detector: { ...one.detector, toolset } };
      });

      const { denied } = rankAndLimit({ backends, redundant: [] }, context(), () => false);

      expect(denied).to.deep.equal([]);
    });
  });

  it('warns about 20 taken names, namespaces in turns, and about how many more there are', () => {
    const taken = [...crowd('a', 30), ...crowd('b', 2)].map((one) => ({ ...one, instance: 'main' }));

    const { warnings } = rankAndLimit({ backends: taken, redundant: [] }, context(), () => true);

    expect(warnings).to.have.length(21);
    expect(warnings.filter(({ message }) => message.startsWith('b/'))).to.have.length(2);
    expect(warnings.at(-1)?.message).to.equal('and 11 more of this kind: dynamic-toolset explain has a line for each');
  });

  describe('several backends of one toolset', () => {
    const several = [candidate('c/one'), candidate('a/one'), candidate('b/one')];

    it('are redundant to the first when the consumer supports only one', () => {
      const { backends, redundant } = rankAndLimit({ backends: several, redundant: [] }, context(), () => false);

      expect(keys(backends)).to.deep.equal(['a/one']);
      expect(redundant.map(({ because }) => because.reason)).to.deep.equal(['SingleBackend', 'SingleBackend']);
      expect(redundant.map(({ winner }) => keys([winner]))).to.deep.equal([['a/one'], ['a/one']]);
    });

    it('are all admitted when the consumer supports several', () => {
      const { backends, warnings } = rankAndLimit({ backends: several, redundant: [] }, context(), () => true);

      expect(keys(backends)).to.deep.equal(['a/one', 'b/one', 'c/one']);
      expect(warnings).to.deep.equal([]);
    });

    it('are reduced to one per name, with a warning that names the one that keeps it', () => {
      const taken = several.map((one) => ({ ...one, instance: 'main' }));

      const { backends, redundant, warnings } = rankAndLimit(
        { backends: taken, redundant: [] },
        context({ admitted: [several[2]!] }),
        () => true,
      );

      expect(keys(backends)).to.deep.equal(['b/one']);
      expect(redundant.map(({ winner }) => keys([winner]))).to.deep.equal([['b/one'], ['b/one']]);
      expect(warnings.map(({ code, message }) => `${code} ${message}`)).to.deep.equal([
        'NAME_CLAIMED a/one: the consumer cannot tell its name main from that of b/one, which keeps it',
        'NAME_CLAIMED c/one: the consumer cannot tell its name main from that of b/one, which keeps it',
      ]);
    });
  });

  it('admits only one of two toolsets with the same tool name', () => {
    const toolsets = ['a-b/c', 'a/b-c', 'ab-c'];
    const backends = toolsets.map((toolset, index) => candidate(`ns/${String(index)}`, { toolset }));

    const { backends: admitted, redundant } = rankAndLimit({ backends, redundant: [] }, context(), () => true);

    expect(admitted.map(({ toolset }) => toolset)).to.deep.equal(['a-b/c', 'ab-c']);
    expect(redundant.map(({ because }) => because.reason)).to.deep.equal(['NameTaken']);
    expect(redundant.map(({ winner }) => keys([winner]))).to.deep.equal([['ns/0']]);
  });
});

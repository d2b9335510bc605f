import { expect } from 'chai';
import { grafana as grafanaDetector } from '../../../detectors/grafana.ts';
import type { Candidate } from '../../../plugin/discovery/decision.ts';
import type { RankingContext } from '../../../plugin/discovery/rank-and-limit.ts';
import { capPerNamespace, rankAndLimit, specialPurposeOf } from '../../../plugin/discovery/rank-and-limit.ts';
import { candidate } from '../../support/candidate.ts';
import { sourceKey } from '../../../plugin/discovery/previous-sources.ts';

type Labels = Readonly<Record<string, string>>;

function context({ trusted = [], admitted = [] }: { trusted?: string[]; admitted?: Candidate[] } = {}): RankingContext {
  return {
    isTrusted: (namespace) => trusted.includes(namespace),
    previouslyAdmitted: new Map(admitted.map((one) => [sourceKey(one), { url: '', needsCredential: false }])),
  };
}

/** So many candidates of a namespace, with names in the order of the alphabet. */
function crowd(namespace: string, count: number): Candidate[] {
  return Array.from({ length: count }, (_, index) => candidate(`${namespace}/${String(1000 + index)}`));
}

const keys = (candidates: readonly Candidate[]): string[] =>
  candidates.map(({ service }) => `${service.namespace}/${service.name}`);

describe('plugin/discovery/rank-and-limit', () => {
  describe('candidates of an untrusted namespace', () => {
    it('are all kept where there are 100', () => {
      expect(capPerNamespace(crowd('a', 100), context()).denied).to.deep.equal([]);
    });

    it('are the first 100 of more, by name; the last are denied, and those of other namespaces kept', () => {
      const other = candidate('b/one');

      const { kept, denied } = capPerNamespace([...crowd('a', 102).reverse(), other], context());

      expect(kept).to.have.length(101);
      expect(keys(kept)).to.include('b/one').and.not.include('a/1100');
      expect(keys(denied.map((one) => one.candidate))).to.deep.equal(['a/1100', 'a/1101']);
      expect(denied[0]?.because.reason).to.equal('NamespaceLimit');
    });

    it('give way to one that is in the ConfigMap already', () => {
      const all = crowd('a', 101);

      const { denied } = capPerNamespace(all, context({ admitted: all.slice(100) }));

      expect(keys(denied.map((one) => one.candidate))).to.deep.equal(['a/1099']);
    });

    it('know no limit where the namespace is trusted', () => {
      expect(capPerNamespace(crowd('a', 101), context({ trusted: ['a'] })).kept).to.have.length(101);
    });
  });

  describe('backends of untrusted namespaces', () => {
    it('are 400 at most, and those of trusted namespaces do not count', () => {
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
  });

  describe('of backends of one toolset', () => {
    const several = [candidate('c/one'), candidate('a/one'), candidate('b/one')];

    it('the first is admitted where the consumer knows one only, and named in what is said of every other', () => {
      const { backends, redundant } = rankAndLimit({ backends: several, redundant: [] }, context(), () => false);

      expect(keys(backends)).to.deep.equal(['a/one']);
      expect(redundant.map(({ because }) => because.reason)).to.deep.equal(['SingleBackend', 'SingleBackend']);
      expect(redundant.map(({ winner }) => keys([winner]))).to.deep.equal([['a/one'], ['a/one']]);
    });

    it('all are admitted where the consumer knows several', () => {
      const { backends, warnings } = rankAndLimit({ backends: several, redundant: [] }, context(), () => true);

      expect(keys(backends)).to.deep.equal(['a/one', 'b/one', 'c/one']);
      expect(warnings).to.deep.equal([]);
    });

    it('one of a name that is taken is left out, with a warning that names the one that keeps it', () => {
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

  it('takes toolsets that one character tells apart for one name of a tool, and others not', () => {
    const toolsets = ['a-b/c', 'a/b-c', 'ab-c'];
    const backends = toolsets.map((toolset, index) => candidate(`ns/${String(index)}`, { toolset }));

    const { backends: admitted, redundant } = rankAndLimit({ backends, redundant: [] }, context(), () => true);

    expect(admitted.map(({ toolset }) => toolset)).to.deep.equal(['a-b/c', 'ab-c']);
    expect(redundant.map(({ because }) => because.reason)).to.deep.equal(['NameTaken']);
    expect(redundant.map(({ winner }) => keys([winner]))).to.deep.equal([['ns/0']]);
  });

  it('ranks trust above purpose, and purpose above what is in the ConfigMap already', () => {
    const special = { release: 'kubecost' };
    const admitted = [candidate('d/new'), candidate('e/special', {}, special)];
    const backends = [
      ...[candidate('a/special', {}, special), candidate('b/plain'), ...admitted],
      ...[candidate('trusted/special', {}, special), candidate('f/grafana', { detector: grafanaDetector })],
    ];

    const { backends: ranked } = rankAndLimit(
      { backends, redundant: [] },
      context({ trusted: ['trusted'], admitted }),
      () => true,
    );

    expect(keys(ranked)).to.deep.equal(['trusted/special', 'd/new', 'b/plain', 'f/grafana', 'e/special', 'a/special']);
  });

  const purposes: readonly (readonly [title: string, namespace: string, labels: Labels, host: string | null])[] = [
    ['nothing names another product', 'monitoring', { release: 'prometheus' }, null],
    ['its release is one', 'monitoring', { release: 'kubecost' }, 'kubecost'],
    ['its instance is one', 'monitoring', { 'app.kubernetes.io/instance': 'kubecost' }, 'kubecost'],
    ['it is a part of one', 'monitoring', { 'app.kubernetes.io/part-of': 'kubecost' }, 'kubecost'],
    ['its namespace is one', 'kubecost', {}, 'kubecost'],
    ['a word of its namespace is one', 'team-kubecost', {}, 'team-kubecost'],
    ['a part of a word is one', 'mykubecost', {}, null],
    ['its label is of the product alone', 'monitoring', { 'linkerd.io/extension': 'viz' }, 'linkerd.io/extension'],
  ];
  for (const [title, namespace, labels, host] of purposes) {
    it(`${host === null ? 'serves the cluster' : `is special-purpose (${host})`} where ${title}`, () => {
      expect(specialPurposeOf(candidate(`${namespace}/prometheus`, {}, labels).service)).to.equal(host);
    });
  }
});

import { expect } from 'chai';
import fc from 'fast-check';
import { grafana as grafanaDetector } from '../../../../detectors/grafana.ts';
import { thanos } from '../../../../detectors/thanos.ts';
import type { Candidate } from '../../../../plugin/discovery/decision.ts';
import { sourceKey } from '../../../../plugin/discovery/selection/previous-sources.ts';
import type { RankingContext } from '../../../../plugin/discovery/selection/ranking.ts';
import { byPreference, roundRobin, withInheritedPlaces } from '../../../../plugin/discovery/selection/ranking.ts';
import { because } from '../../../../plugin/discovery/reasons.ts';
import { candidate } from '../../../support/candidate.ts';

const special = { release: 'kubecost' };

/** Trusted is what `trusted` names; `admitted` is in the ConfigMap, in that order. */
function context(trusted: readonly string[], admitted: readonly Candidate[]): RankingContext {
  const entries = admitted.map((one, place): [string, object] => [sourceKey(one), { place }]);
  return {
    isTrusted: (namespace) => trusted.includes(namespace),
    previouslyAdmitted: new Map(entries) as RankingContext['previouslyAdmitted'],
  };
}

const keys = (candidates: readonly Candidate[]): string[] =>
  candidates.map(({ service }) => `${service.namespace}/${service.name}`);

/** Prometheuses, Thanos and special-purpose ones, in a few namespaces. */
const anyCandidates = fc
  .uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 't'), fc.constantFrom('m', 'n', 'o'), fc.nat(2)), {
    selector: ([namespace, name]) => `${namespace}/${name}`,
  })
  .map((some) =>
    some.map(([namespace, name, kind]) =>
      candidate(`${namespace}/${name}`, kind === 2 ? { detector: thanos } : {}, kind === 1 ? special : {}),
    ),
  );

describe('plugin/discovery/selection/ranking', () => {
  it('ranks by trust first, then by presence in the ConfigMap, then by serving the whole cluster', () => {
    const admitted = [candidate('e/special', {}, special), candidate('d/plain')];
    const candidates = [
      ...[candidate('a/special', {}, special), candidate('b/plain'), ...admitted],
      ...[candidate('trusted/special', {}, special), candidate('f/grafana', { detector: grafanaDetector })],
    ];

    const ranked = byPreference(candidates, context(['trusted'], admitted));

    expect(keys(ranked)).to.deep.equal([
      'trusted/special',
      'e/special',
      'd/plain',
      'b/plain',
      'f/grafana',
      'a/special',
    ]);
  });

  it('ranks what serves the whole cluster first among trusted ones, whichever was there before', () => {
    const admitted = [candidate('t/special', {}, special)];

    const ranked = byPreference([...admitted, candidate('t/plain')], context(['t'], admitted));

    expect(keys(ranked)).to.deep.equal(['t/plain', 't/special']);
  });

  it('keeps admitted backends first and in order, whatever untrusted ones are added', () => {
    fc.assert(
      fc.property(anyCandidates, fc.nat(5), (all, count) => {
        const admitted = all.slice(0, count);

        const ranked = byPreference(all, context([], admitted));

        expect(keys(ranked.slice(0, admitted.length))).to.deep.equal(keys(admitted));
      }),
    );
  });

  it('keeps trusted backends first and in order, whatever untrusted ones are added or were there before', () => {
    fc.assert(
      fc.property(anyCandidates, fc.nat(5), (all, count) => {
        const admitted = all.slice(0, count);
        const trusted = all.filter(({ service }) => service.namespace === 't');

        const ranked = byPreference(all, context(['t'], admitted));

        expect(keys(ranked.slice(0, trusted.length))).to.deep.equal(
          keys(byPreference(trusted, context(['t'], admitted))),
        );
      }),
    );
  });

  it('gives the same order for every order of the input, and again once that order is remembered', () => {
    fc.assert(
      fc.property(anyCandidates, fc.nat(5), fc.constantFrom([], ['t']), (all, count, trusted) => {
        const known = context(trusted, all.slice(0, count));
        const ranked = byPreference(all, known);

        expect(keys(byPreference(all.toReversed(), known))).to.deep.equal(keys(ranked));
        expect(keys(byPreference(all, context(trusted, ranked)))).to.deep.equal(keys(ranked));
      }),
    );
  });

  it('takes namespaces in turn: the first of each, then the second of each', () => {
    const all = ['a/1', 'a/2', 'a/3', 'c/1', 'b/1', 'b/2'].map((key) => candidate(key));

    expect(keys(roundRobin(all))).to.deep.equal(['a/1', 'c/1', 'b/1', 'a/2', 'b/2', 'a/3']);
  });

  it('gives a new entry point the place of the one it makes redundant', () => {
    const [old, front, other] = [candidate('z/old'), candidate('z/front'), candidate('a/other')];
    const redundant = [{ candidate: old, winner: front, because: because('OptedOut') }];

    const inherited = withInheritedPlaces(context([], [old]), redundant);

    expect(keys(byPreference([other, front], inherited))).to.deep.equal(['z/front', 'a/other']);
    expect(keys(byPreference([other, front], context([], [old])))).to.deep.equal(['a/other', 'z/front']);
  });
});

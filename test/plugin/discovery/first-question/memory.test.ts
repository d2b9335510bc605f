import { expect } from 'chai';
import fc from 'fast-check';
import { detectors } from '../../../../detectors/index.ts';
import { meanings } from '../../../../detectors/stores/types.ts';
import type { LearnedFacts } from '../../../../plugin/discovery/first-question/facts.ts';
import { learnedIn, plausibleFacts, wordsOf } from '../../../../plugin/discovery/first-question/remembered.ts';
import { writeSources } from '../../../../plugin/discovery/selection/previous-sources.ts';
import { slice } from '../../../support/objects.ts';
import { remembering } from '../evidence/fixture.ts';
import {
  after,
  answered,
  before,
  learn,
  lokiObjects,
  nextDay,
  openTelemetry,
  told,
  wantsTenant,
  written,
} from './fixture.ts';

/** What is remembered of a first question, and when it is asked again. */
describe('plugin/discovery/first-question/memory', () => {
  const answer = told(openTelemetry, { tenants: ['1'] });
  const prober = (): typeof wantsTenant => wantsTenant;
  const sources =
    'grafana/loki:\n  logging/loki http://loki.logging.svc.cluster.local:3100 needs-tenant asked tenant=1 namespace=k8s_namespace_name pod=k8s_pod_name service=service_name';

  it('remembers what the store reported: the next run asks nothing and gives the same result', async () => {
    const first = await learn(lokiObjects(), answer, { prober });
    const second = await learn([...lokiObjects(), remembering(first, written)], { noFacts: 'Silent' });

    expect(writeSources(first.sources)).to.equal(sources);
    expect(second.questions).to.deep.equal([]);
    expect(writeSources(second.sources)).to.equal(sources);
    expect(second.loki?.store).to.deep.equal({
      ...first.loki?.store,
      from: { tenants: 'remembered', labels: 'remembered' },
    });
    expect(second.loki?.needsCredential).to.equal(false);
    expect(second.warnings).to.deep.equal([]);
  });

  for (const [title, objects, isAsked] of [
    ['before', lokiObjects({ changedAt: before }), false],
    ['when', lokiObjects({ changedAt: written }), true],
    ['after', lokiObjects({ changedAt: after }), true],
  ] as const)
    it(`${isAsked ? 'asks again' : 'asks nothing'} if the endpoints changed ${title} the memory was written`, async () => {
      const first = await learn(lokiObjects(), answer, { prober });
      const later = await learn([...objects, remembering(first, written)], told(['namespace'], { tenants: ['1'] }));

      expect(later.questions).to.have.lengthOf(isAsked ? 1 : 0);
      expect(later.loki?.store?.labels.namespace).to.equal(isAsked ? 'namespace' : 'k8s_namespace_name');
    });

  it('keeps the facts without asking or warning while the backend has no ready pod', async () => {
    const first = await learn(lokiObjects(), answer, { prober });
    const [loki, , ...others] = lokiObjects({ now: after });
    const unready = slice(loki!, { ready: 0, notReady: 1, changedAt: after });

    const later = await learn([loki!, unready, ...others, remembering(first, written)], { noFacts: 'Silent' });

    expect(later.questions).to.deep.equal([]);
    expect(later.loki?.store?.labels.namespace).to.equal('k8s_namespace_name');
    expect(later.warnings).to.deep.equal([]);
  });

  it('asks again after a day', async () => {
    const first = await learn(lokiObjects(), answer, { prober });

    for (const [now, count] of [
      [after, 0],
      [nextDay, 1],
    ] as const) {
      const later = await learn([...lokiObjects({ now }), remembering(first, written)], answer);

      expect(later.questions, now).to.have.lengthOf(count);
      expect(writeSources(later.sources)).to.equal(sources);
    }
  });

  for (const noFacts of ['Silent', 'Credential', 'Tenant', 'Empty', 'TooLong', 'Other', 'NotAsked'] as const)
    it(`keeps the facts when a later attempt learns nothing: ${noFacts}`, async () => {
      const first = await learn(lokiObjects(), answer, { prober });
      const later = await learn([...lokiObjects({ changedAt: after }), remembering(first, written)], {
        noFacts,
      });

      expect(later.questions).to.have.lengthOf(1);
      expect(writeSources(later.sources)).to.equal(sources);
      expect(later.loki?.store?.tenants).to.deep.equal(['1']);
      expect(later.loki?.needsCredential).to.equal(false);
      const isReported = noFacts !== 'Credential' && noFacts !== 'Empty';
      expect(later.warnings.map(({ code }) => code)).to.deep.equal(isReported ? ['FIRST_QUESTION_UNANSWERED'] : []);
    });

  it('admits a store that reports nothing, and asks it again in the next run', async () => {
    const first = await learn(lokiObjects(), { noFacts: 'Silent' });
    const second = await learn([...lokiObjects(), remembering(first, written)], told(openTelemetry));

    expect(first.loki).to.include({ needsCredential: false });
    expect(first.loki).not.to.have.any.keys('store', 'learned');
    expect(first.warnings.map(({ message }) => message)).to.deep.equal([
      'what a first query of logging/loki needs is not known: it does not answer',
    ]);
    expect(second.loki?.store?.labels.namespace).to.equal('k8s_namespace_name');
  });

  it('remembers that a tenant is needed when none is known', async () => {
    const first = await learn(lokiObjects(), { noFacts: 'Empty' }, { prober });
    const second = await learn([...lokiObjects(), remembering(first, written)], { noFacts: 'Tenant' });

    for (const one of [first, second]) {
      expect(one.loki).to.include({ needsCredential: true, needsTenant: true });
      expect(one.warnings[0]?.message).to.contain('none of the usual ones has data');
      expect(writeSources(one.sources)).to.contain(':3100 needs-tenant');
    }
    expect(second.questions[0]?.tenants).not.to.include(null);
  });

  it('holds back a new store until it answers, but not one that is already in the ConfigMap', async () => {
    const waiting = await learn(lokiObjects(), 'pending');
    const first = await learn(lokiObjects(), { noFacts: 'Silent' });
    const second = await learn([...lokiObjects(), remembering(first, written)], 'pending');

    expect(waiting.decisions.find(({ toolset }) => toolset === 'grafana/loki')).to.include({
      decision: 'unhealthy',
      reason: 'FirstQuestionPending',
    });
    expect(second.loki).to.not.equal(undefined);
  });

  it('neither asks nor uses the memory when the settings switch first questions off', async () => {
    const off = { spec: { discovery: { firstQuestion: 'off' } }, prober: (): typeof answered => answered };
    const first = await learn(lokiObjects(), answer, { prober });
    const second = await learn([...lokiObjects(), remembering(first, written)], answer, off);

    expect(second.questions).to.deep.equal([]);
    expect(second.loki).to.include({ needsCredential: true, needsTenant: true });
    expect(second.loki).not.to.have.any.keys('store', 'learned');
  });

  const word = (pattern: RegExp): fc.Arbitrary<string> => fc.stringMatching(pattern);
  const label = fc.constantFrom(
    'namespace',
    'k8s_pod_name',
    'kubernetes.labels.app_kubernetes_io/name',
    'k8s.node.name',
  );
  const learned: fc.Arbitrary<LearnedFacts> = fc.record(
    {
      tenants: fc.array(word(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/), { maxLength: 16 }),
      labels: fc.record(Object.fromEntries(meanings.map((one) => [one, label])), { requiredKeys: [] }),
      cluster: fc.record({ label, value: fc.option(word(/^[A-Za-z0-9][A-Za-z0-9._/:@-]{0,62}$/)) }),
      askedFor: fc.constantFrom('', 'cluster', 'env'),
    },
    { requiredKeys: ['tenants', 'labels', 'askedFor'] },
  );

  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(learned, (facts) => {
        expect(learnedIn(wordsOf(facts))).to.deep.equal(facts);
        expect(wordsOf(facts).every((one) => /^[!-~]+$/.test(one))).to.equal(true);
      }),
    );
  });

  it('accepts from arbitrary words only facts that a store or Git could have given', () => {
    const loki = detectors.find(({ id }) => id === 'loki')!;
    const known = new Set([...Object.values(loki.store!.labels).flat(), ...loki.store!.clusterLabels]);
    const key = fc.constantFrom('asked', 'tenant', 'cluster', ...meanings, '__proto__', 'constructor');
    const words = fc.array(fc.tuple(key, fc.oneof(fc.string(), label)).map(([one, value]) => `${one}=${value}`));

    fc.assert(
      fc.property(words, (some) => {
        const facts = learnedIn(some);
        const kept = facts && plausibleFacts(facts, loki);
        if (kept === null) return;
        // Git may join several.
        expect(kept.tenants.every((one) => /^[A-Za-z0-9][A-Za-z0-9._|-]{0,127}$/.test(one))).to.equal(true);
        expect(Object.values(kept.labels).every((name) => known.has(name))).to.equal(true);
        expect(kept.cluster === undefined || known.has(kept.cluster.label) || kept.askedFor !== '').to.equal(true);
      }),
    );
  });
});

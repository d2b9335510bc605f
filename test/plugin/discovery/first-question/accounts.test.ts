import { expect } from 'chai';
import { writeSources } from '../../../../plugin/discovery/selection/previous-sources.ts';
import type { KubeObject } from '../../../cluster/parts/objects.ts';
import { service, slice } from '../../../support/objects.ts';
import { remembering } from '../evidence/fixture.ts';
import type { LearningRun } from './fixture.ts';
import { after, before, learn, told, written } from './fixture.ts';

/** Tenants of VictoriaLogs: an account and a project, in headers of their own. */
describe('plugin/discovery/first-question/accounts', () => {
  const fields = ['kubernetes.pod_name'];

  function logs(annotations: Readonly<Record<string, string>> = {}): KubeObject[] {
    const one = service({
      ...{ namespace: 'logging', name: 'victoria-logs', labels: { 'app.kubernetes.io/name': 'victoria-logs-single' } },
      ports: [{ name: 'http', port: 9428 }],
      annotations,
    });
    return [one, slice(one, { changedAt: before })];
  }

  const annotated = (tenant: string): KubeObject[] => logs({ 'kubernaut.io/toolset-tenant': tenant });
  const stores = (tenants: readonly string[]): object => ({ spec: { stores: [{ tenants }] } });

  function toldOf({ admitted, questions, warnings }: LearningRun): object {
    return {
      headers: admitted[0]?.entryPoint.headers,
      tenants: admitted[0]?.store?.tenants,
      from: admitted[0]?.store?.from.tenants,
      asked: questions[0]?.tenants,
      isListed: questions[0]?.listsTenants,
      warnings: warnings.filter(({ code }) => code === 'FIRST_QUESTION_UNANSWERED').map(({ message }) => message),
    };
  }

  const quiet = { warnings: [] };

  it('uses the tenants that the store lists, and sends the first in the headers of the entry point', async () => {
    expect(toldOf(await learn(logs(), told(fields, { tenants: ['1:0', '2:7'] })))).to.deep.equal({
      ...{ headers: { AccountID: '1', ProjectID: '0' }, tenants: ['1:0', '2:7'], from: 'asked' },
      ...{ asked: [null], isListed: true },
      ...quiet,
    });
  });

  it('remembers tenants, and ignores remembered ones of another kind', async () => {
    const first = await learn(logs(), told(fields, { tenants: ['1:0', '2:7'] }));
    const sources = writeSources(first.sources);
    const memory = remembering(first, written);
    const second = await learn([...logs(), memory], { noFacts: 'Silent' });
    const other = JSON.parse(JSON.stringify(memory).replace('tenant=1:0,2:7', 'tenant=team-a,01:0')) as KubeObject;
    const third = await learn([...logs(), other], { noFacts: 'Silent' });

    expect(sources).to.contain(' asked tenant=1:0,2:7 pod=kubernetes.pod_name');
    expect(second.questions).to.deep.equal([]);
    expect(toldOf(second)).to.deep.include({ tenants: ['1:0', '2:7'], from: 'remembered' });
    expect(toldOf(third)).to.deep.include({ headers: undefined, tenants: [] });
  });

  for (const [title, objects, spec, from] of [
    ['Git', logs(), stores(['7', '7:0', '8:1']), 'setting'],
    ['an annotation', annotated('7'), {}, 'annotation'],
  ] as const)
    it(`uses the tenants from ${title} without listing any, and reads a bare account as project 0`, async () => {
      const tenants = from === 'setting' ? ['7:0', '8:1'] : ['7:0'];

      expect(toldOf(await learn(objects, told(fields, { tenants: ['7:0'] }), spec))).to.deep.equal({
        ...{ headers: { AccountID: '7', ProjectID: '0' }, tenants, from, asked: tenants, isListed: false },
        ...quiet,
      });
    });

  it('uses no tenant when Git declares an empty list', async () => {
    expect(toldOf(await learn(logs(), told(fields), stores([])))).to.deep.include({
      ...{ headers: undefined, tenants: [], asked: [null], isListed: false },
    });
  });

  for (const tenant of ['team-a', '4294967296', '1:0:0', '-1', '1|2'])
    it(`denies a Service whose annotation names the tenant ${tenant}`, async () => {
      const { admitted, decisions } = await learn(annotated(tenant), told(fields));

      expect(admitted).to.deep.equal([]);
      expect(decisions[0]).to.deep.include({ decision: 'denied', reason: 'TenantInvalid' });
    });

  it('warns about tenants of another kind in Git, and ignores them', async () => {
    const warnings = [
      'what a first query of logging/victoria-logs needs is not known: spec.stores has tenants of another kind than the store: VictoriaLogs takes account:project, such as "1:0", others take names',
    ];
    const listed = told(fields, { tenants: ['1:0'] });

    expect(toldOf(await learn(logs(), listed, stores(['team-a'])))).to.deep.include({
      ...{ tenants: ['1:0'], from: 'asked', isListed: true, warnings },
    });
    expect(toldOf(await learn(logs(), listed, stores(['team-a', '1'])))).to.deep.include({
      ...{ tenants: ['1:0'], from: 'setting', warnings },
    });
  });

  it('warns about more than 16 tenants, and sends none but those learned before', async () => {
    const warnings = [
      'what a first query of logging/victoria-logs needs is not known: it, or its custom resource, lists more than 16 tenants: name those to ask in spec.stores',
    ];
    const known = await learn(logs(), told(fields, { tenants: ['1:0', '2:7'] }));
    const [one] = logs();
    const objects = [one!, slice(one!, { changedAt: after }), remembering(known, written)];

    const first = await learn(logs(), { noFacts: 'ManyTenants' });
    const later = await learn(objects, { noFacts: 'ManyTenants' });

    expect(toldOf(first)).to.deep.include({ headers: undefined, tenants: undefined, warnings });
    expect(toldOf(later)).to.deep.include({ tenants: ['1:0', '2:7'], from: 'remembered', warnings });
    expect(writeSources(later.sources)).to.equal(writeSources(known.sources));
  });
});

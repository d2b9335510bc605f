import { expect } from 'chai';
import type { NamespacePolicy } from '../../../plugin/discovery/scope-and-filters.ts';
import { scopeOf } from '../../../plugin/discovery/scope-and-filters.ts';
import { ToolsetConfig } from '../../../plugin/settings/schema/index.ts';
import type { KubeObject } from '../../cluster/parts/objects.ts';
import { grafana, prometheus, service } from '../../support/objects.ts';
import { decisionsOf, discoverFixture } from './fixture.ts';

const victoriaLogs = service({
  name: 'logs',
  labels: { 'app.kubernetes.io/name': 'victoria-logs-single' },
  ports: [{ name: 'http', port: 9428 }],
});

describe('plugin/discovery/scope-and-filters', () => {
  const none = { health: { check: 'none' } };

  function namespace(name: string, labels: Readonly<Record<string, string>>): KubeObject {
    return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
  }

  /** What becomes of `team-a/prometheus` under settings. */
  async function under(spec: object, ...more: readonly KubeObject[]): Promise<string | undefined> {
    return (await decisionsOf({ items: [prometheus('team-a'), ...more], spec: { ...none, ...spec } }))[
      'team-a/prometheus'
    ];
  }

  const denials: readonly (readonly [string, object, string])[] = [
    [
      'a namespace that is not included',
      { discovery: { namespaces: { include: ['team-b', 'obs-*'] } } },
      'NamespaceNotIncluded',
    ],
    [
      'a namespace that is both included and excluded',
      { discovery: { namespaces: { include: ['team-a', '*'], exclude: ['team-*'] } } },
      'NamespaceExcluded',
    ],
    [
      'a namespace without the required labels',
      { discovery: { namespaces: { selector: { matchLabels: { tier: 'gold' } } } } },
      'NamespaceNotSelected',
    ],
    [
      'a Service without the required labels',
      { discovery: { services: { selector: { matchExpressions: [{ key: 'agent', operator: 'Exists' }] } } } },
      'ServiceNotSelected',
    ],
    [
      'a namespace outside those of the detector',
      { detectors: { prometheus: { namespaces: ['monitoring'] } } },
      'DetectorNamespace',
    ],
    [
      'a Service without the labels that the detector requires',
      { detectors: { prometheus: { selector: { matchLabels: { shard: '0' } } } } },
      'DetectorSelector',
    ],
    [
      'a Service without the annotation that the detector requires',
      { detectors: { prometheus: { annotations: { 'example.com/agent': 'yes' } } } },
      'DetectorAnnotation',
    ],
    ['a Service whose detector is disabled', { detectors: { prometheus: { enabled: false } } }, 'DetectorOff'],
  ];
  for (const [title, spec, reason] of denials) {
    it(`denies ${title}`, async () => {
      expect(await under(spec)).to.equal(`denied: ${reason}`);
    });
  }

  it('selects a Service with the annotation that the detector requires, and no other', async () => {
    const { metadata, ...rest } = prometheus('team-a');
    const annotated = { ...rest, metadata: { ...metadata, annotations: { 'example.com/agent': 'yes' } } };
    const decide = async (annotations: object): Promise<string | undefined> => {
      const spec = { ...none, detectors: { prometheus: { annotations } } };
      return (await decisionsOf({ items: [annotated], spec }))['team-a/prometheus'];
    };

    expect(await decide({ 'example.com/agent': 'yes' })).to.match(/^selected/);
    expect(await decide({ 'example.com/agent': 'no' })).to.equal('denied: DetectorAnnotation');
  });

  it('denies a product for which the consumer has no toolset', async () => {
    const spec = { ...none, target: { version: '0.24' } };
    const logs = { ...victoriaLogs, metadata: { ...victoriaLogs.metadata, namespace: 'team-a' } };

    expect((await decisionsOf({ items: [logs], spec }))['team-a/logs']).to.equal('denied: ToolsetUnsupported');
  });

  it('selects a Service that passes every filter', async () => {
    const spec = {
      discovery: {
        namespaces: {
          include: ['team-*'],
          selector: { matchExpressions: [{ key: 'tier', operator: 'In', values: ['gold'] }] },
        },
        services: { selector: { matchLabels: { 'app.kubernetes.io/name': 'prometheus' } } },
      },
      detectors: { prometheus: { namespaces: ['team-a'], annotations: {} } },
    };

    expect(await under(spec, namespace('team-a', { tier: 'gold' }))).to.match(/^selected/);
  });

  it('evaluates NotIn and DoesNotExist as Kubernetes does: both match when the label is missing', async () => {
    const matchExpressions = [
      { key: 'env', operator: 'NotIn', values: ['dev'] },
      { key: 'hidden', operator: 'DoesNotExist' },
    ];
    const spec = { discovery: { namespaces: { selector: { matchExpressions } } } };

    expect(await under(spec, namespace('team-a', {}))).to.match(/^selected/);
    expect(await under(spec, namespace('team-a', { env: 'dev' }))).to.match(/^denied/);
    expect(await under(spec, namespace('team-a', { hidden: '' }))).to.match(/^denied/);
  });

  it('uses priority to choose between detectors with equal evidence', async () => {
    const { metadata, ...rest } = prometheus();
    const both = {
      ...rest,
      metadata: { ...metadata, labels: { 'app.kubernetes.io/name': 'prometheus', app: 'vmsingle' } },
    };
    const detectorOf = async (spec: object): Promise<string | undefined> =>
      (await discoverFixture({ items: [both], spec: { ...none, ...spec } })).admitted[0]?.detector.id;

    expect(await detectorOf({})).to.equal('victoriametrics');
    expect(await detectorOf({ detectors: { prometheus: { priority: 1 } } })).to.equal('prometheus');
  });

  describe('a policy', () => {
    const policy: NamespacePolicy = { include: ['team-*', 'obs'], exclude: ['team-secret'] };

    it('hides Services outside it instead of denying them', async () => {
      const items = ['team-a', 'team-secret', 'monitoring', 'obs'].map((name) => grafana(name));

      expect(Object.keys(await decisionsOf({ items, policy }))).to.deep.equal(['obs/grafana', 'team-a/grafana']);
    });

    const scopes: readonly (readonly [string, readonly string[], NamespacePolicy | null, unknown])[] = [
      ['the whole cluster for globs', ['*'], null, 'cluster'],
      ['namespaces one by one when all are named', ['b', 'a', 'b'], null, ['a', 'b']],
      ["the policy's namespaces for a glob in Git", ['*'], { include: ['b', 'a'], exclude: [] }, ['a', 'b']],
      ['the namespaces that both Git and the policy name', ['a', 'c'], { include: ['a', 'b'], exclude: [] }, ['a']],
      ['nothing when Git and the policy have no namespace in common', ['c'], { include: ['a'], exclude: [] }, []],
      ['nothing that the policy excludes', ['*'], { include: ['a', 'b'], exclude: ['b'] }, ['a']],
      [
        'the namespaces that Git names under a policy of globs',
        ['team-a'],
        { include: ['team-*'], exclude: [] },
        ['team-a'],
      ],
    ];
    for (const selector of [
      { matchLabels: { tier: 'gold' } },
      { matchExpressions: [{ key: 'tier', operator: 'Exists' }] },
    ]) {
      it(`reads the whole cluster when named namespaces are also selected by ${JSON.stringify(selector)}`, () => {
        const { spec } = ToolsetConfig.parse({
          apiVersion: 'toolset.kubernaut.ai/v1alpha1',
          kind: 'ToolsetConfig',
          spec: { discovery: { namespaces: { include: ['a'], selector } } },
        });

        expect(scopeOf(spec, null)).to.equal('cluster');
      });
    }

    for (const [title, include, own, scope] of scopes) {
      it(`reads ${title}`, () => {
        const { spec } = ToolsetConfig.parse({
          apiVersion: 'toolset.kubernaut.ai/v1alpha1',
          kind: 'ToolsetConfig',
          spec: { discovery: { namespaces: { include } } },
        });

        expect(scopeOf(spec, own)).to.deep.equal(scope);
      });
    }
  });

  it('warns when no backend is left for whatever reason, unless the settings exclude everything', async () => {
    const codes = async (items: readonly KubeObject[], namespaces: object): Promise<readonly string[]> => {
      const { warnings } = await discoverFixture({ items, spec: { ...none, discovery: { namespaces } } });
      return warnings.map(({ code }) => code);
    };

    expect(await codes([], {})).to.deep.equal(['NOTHING_DISCOVERED']);
    expect(await codes([prometheus('team-a')], { include: ['taem-a'] })).to.deep.equal(['NOTHING_DISCOVERED']);
    expect(await codes([prometheus('team-a')], { include: ['team-a'] })).to.deep.equal([]);
    expect(await codes([prometheus('team-a')], { exclude: ['*'] })).to.deep.equal([]);
  });
});

import { expect } from 'chai';
import type { FieldManager } from '../../../plugin/argocd/field-managers.ts';
import { checkApplication, checkSelection } from '../../../plugin/doctor/application.ts';
import type { DoctorApplication } from '../../../plugin/doctor/argocd/spec.ts';
import { doctorApplication, ownApplications } from '../../../plugin/doctor/argocd/spec.ts';
import type { Check } from '../../../plugin/doctor/reasons.ts';

const metadata = { namespace: 'argocd', name: 'a' };

function application(spec: object, status: object = {}): DoctorApplication {
  return doctorApplication({ metadata, spec, status })!;
}

function ownedBy(applicationSet: string, spec: object): DoctorApplication {
  const ownerReferences = [{ kind: 'ApplicationSet', name: applicationSet }];
  return doctorApplication({ metadata: { ...metadata, ownerReferences }, spec })!;
}

const plugin = { plugin: { name: 'dynamic-toolset' } };

describe('plugin/doctor/application', () => {
  it('recognises an Application by any of its sources', () => {
    const several = application({ sources: [{}, plugin] });

    expect(ownApplications([application({ source: plugin }), several, application({ source: {} })])).to.have.length(2);
  });

  it('does not take an Application for hydrated whose sourceHydrator is null, as serve and Argo CD do not', () => {
    const own = application({ source: plugin, sourceHydrator: null });

    expect(checkSelection([own]).map(({ reason }) => reason)).to.deep.equal(['PluginUsed']);
  });

  it('corrects a misspelt plugin name in the source that has it', () => {
    const [check] = checkSelection([application({ sources: [{}, { plugin: { name: 'dynamic_toolset' } }] })]);

    expect(check?.fix).to.deep.equal([
      `kubectl --namespace argocd patch application a --type json --patch '[{"op":"replace","path":"/spec/sources/1/plugin/name","value":"dynamic-toolset"}]'`,
    ]);
  });

  it('recognises a plugin name with a version suffix, and does not report it as misspelt', () => {
    const versioned = application({ source: { plugin: { name: 'dynamic-toolset-v1' } } });

    expect(ownApplications([versioned])).to.deep.equal([versioned]);
    expect(checkSelection([versioned]).map(({ reason }) => reason)).to.deep.equal(['PluginUsed']);
  });

  it('does not report the name of another plugin as misspelt', () => {
    const others = [
      application({ source: { plugin: { name: 'kustomized-helm' } } }),
      application({ source: { plugin: {} } }),
    ];

    expect(checkSelection(others).map(({ reason, subject }) => [reason, subject])).to.deep.equal([
      ['PluginNotUsed', 'Applications'],
    ]);
  });

  const faults: readonly (readonly [title: string, spec: object, status: object, reasons: readonly string[]])[] = [
    ['that was never compared', {}, {}, ['AutomatedSyncOff', 'NeverCompared']],
    [
      'whose generation failed',
      { syncPolicy: { automated: {} } },
      { conditions: [{ type: 'ComparisonError', message: 'x' }] },
      ['SelfHealOff', 'GenerationFailed'],
    ],
    [
      'with a SharedResourceWarning',
      {},
      { sync: { status: 'Synced' }, conditions: [{ type: 'SharedResourceWarning', message: 'x' }] },
      ['AutomatedSyncOff', 'ConditionReported', 'Compared'],
    ],
    [
      'in whose namespace something belongs to no Application',
      { syncPolicy: { automated: {} } },
      { reconciledAt: 'x', conditions: [{ type: 'OrphanedResourceWarning', message: 'x' }] },
      ['SelfHealOff', 'GenerationSucceeded'],
    ],
    [
      'whose sync failed',
      {},
      {
        reconciledAt: 'x',
        operationState: { phase: 'Failed', message: 'm' },
        conditions: [{ type: 'SyncError', message: 'm' }],
      },
      ['AutomatedSyncOff', 'GenerationSucceeded', 'SyncFailed'],
    ],
  ];
  for (const [title, spec, status, reasons] of faults) {
    it(`reports every fault of an Application ${title}`, () => {
      const checks = checkApplication(application({ source: plugin, ...spec }, status));

      expect(checks.map(({ reason }) => reason)).to.deep.equal(reasons);
    });
  }

  it('reports that Argo CD ignores an Application, whatever its status was before', () => {
    const annotations = { 'argocd.argoproj.io/skip-reconcile': 'true' };
    const ignored = doctorApplication({ metadata: { ...metadata, annotations }, spec: { source: plugin } })!;

    const check = checkApplication(ignored).find(({ reason }) => reason === 'ReconcileSkipped');

    expect(check?.fix).to.deep.equal([
      `kubectl --namespace argocd patch application a --type merge --patch '{"metadata":{"annotations":{"argocd.argoproj.io/skip-reconcile":null}}}'`,
    ]);
  });

  it('reports no problem for an Application that is OutOfSync with self-heal on', () => {
    const automated = { automated: { selfHeal: true } };
    const status = { reconciledAt: '2026-01-01T00:00:00Z', sync: { status: 'OutOfSync' } };

    const checks = checkApplication(application({ source: plugin, syncPolicy: automated }, status));

    expect(checks.map(({ reason, status: found }) => [reason, found])).to.deep.equal([
      ['SelfHealOn', 'ok'],
      ['GenerationSucceeded', 'ok'],
      ['OutOfSync', 'ok'],
    ]);
  });

  describe('differences that Argo CD ignores', () => {
    const resources = [{ kind: 'ConfigMap', namespace: 'holmesgpt', name: 'toolsets', status: 'Synced' }];
    const withIgnored = (...ignoreDifferences: readonly object[]): Check[] =>
      checkApplication(application({ source: plugin, ignoreDifferences }, { resources })).filter(
        ({ reason }) => reason === 'DifferencesIgnored',
      );

    it('are reported with what they hide, and removed from the last entry on', () => {
      const [check, ...others] = withIgnored(
        { group: '*', kind: 'ConfigMap', jsonPointers: ['/data'] },
        { kind: 'Secret', jsonPointers: ['/data'] },
        {
          kind: 'Config*',
          namespace: 'holmesgpt',
          name: 'toolsets',
          jqPathExpressions: ['.data["custom_toolset.yaml"]', '.metadata.annotations', '.metadata.labels'],
        },
      );

      expect(others).to.deep.equal([]);
      expect(check?.message).to.include('hides /data, .data["custom_toolset.yaml"], .metadata.annotations in');
      expect(check?.fix).to.deep.equal([
        `kubectl --namespace argocd patch application a --type json --patch '[{"op":"remove","path":"/spec/ignoreDifferences/2"},{"op":"remove","path":"/spec/ignoreDifferences/0"}]'`,
      ]);
    });

    const harmless: readonly (readonly [title: string, entry: object])[] = [
      ['of another kind', { kind: 'Deployment', jsonPointers: ['/data'] }],
      ['of another group', { group: 'apps', kind: '*', jsonPointers: ['/data'] }],
      ['of another ConfigMap', { kind: 'ConfigMap', name: 'other', jsonPointers: ['/data'] }],
      ['of another namespace', { kind: 'ConfigMap', namespace: 'other', jsonPointers: ['/data'] }],
      ['of labels', { kind: 'ConfigMap', jsonPointers: ['/metadata/labels'] }],
      ['of an annotation of others', { kind: 'ConfigMap', jsonPointers: ['/metadata/annotations/a'] }],
    ];
    it('are not reported if they are of a key that the ConfigMap lacks', () => {
      const entry = { kind: 'ConfigMap', jsonPointers: ['/data/ca.crt', '/data/a'] };
      const found = (...keys: readonly string[]): readonly string[] =>
        checkApplication(application({ source: plugin, ignoreDifferences: [entry] }, { resources }), [
          { namespace: 'holmesgpt', name: 'toolsets', keys },
        ]).flatMap(({ reason, message }) => (reason === 'DifferencesIgnored' ? [message] : []));

      expect(found('custom_toolset.yaml')).to.deep.equal([]);
      expect(found('a').join()).to.include('hides /data/a in');
    });

    it("are reported for field managers that own some of the data, or are Argo CD's own if that could not be read", () => {
      const entry = { kind: 'ConfigMap', managedFieldsManagers: ['argocd-controller', 'kubectl-edit'] };
      const found = (read: { readonly managers?: readonly FieldManager[] }): string =>
        checkApplication(application({ source: plugin, ignoreDifferences: [entry] }, { resources }), [
          { namespace: 'holmesgpt', name: 'toolsets', ...read },
        ])
          .flatMap(({ reason, message }) => (reason === 'DifferencesIgnored' ? [message] : []))
          .join();

      expect(found({})).to.include('hides the fields of manager argocd-controller in its ConfigMap');
      expect(found({ managers: [] })).to.equal('');
      expect(found({ managers: [{ name: 'kubectl-edit', keys: ['a'], metadata: [] }] })).to.include(
        'hides the fields of manager kubectl-edit in its ConfigMap',
      );
    });

    for (const [title, entry] of harmless) {
      it(`are not reported if they are ${title}`, () => {
        expect(withIgnored(entry)).to.deep.equal([]);
      });
    }
  });

  const unusable: readonly (readonly [title: string, spec: object, reason: string, patch: unknown])[] = [
    [
      'another kind of source beside the plugin in one of several sources',
      { sources: [{ helm: {} }, { ...plugin, helm: {}, directory: { recurse: true } }] },
      'SourceKindsMixed',
      [
        { op: 'remove', path: '/spec/sources/1/helm' },
        { op: 'remove', path: '/spec/sources/1/directory' },
      ],
    ],
    [
      'a hydrated source',
      { sourceHydrator: { drySource: { repoURL: 'https://a', ...plugin }, syncSource: { path: 'x' } } },
      'SourceHydrated',
      [
        { op: 'move', from: '/spec/sourceHydrator/drySource', path: '/spec/source' },
        { op: 'remove', path: '/spec/sourceHydrator' },
      ],
    ],
    [
      'a destination in another cluster by name',
      { source: plugin, destination: { name: 'spoke', namespace: 'n' } },
      'OtherCluster',
      { spec: { destination: { name: null, server: 'https://kubernetes.default.svc' } } },
    ],
    [
      'a destination in another cluster by server URL',
      { source: plugin, destination: { server: 'https://spoke:6443' } },
      'OtherCluster',
      { spec: { destination: { server: 'https://kubernetes.default.svc' } } },
    ],
  ];
  for (const [title, spec, reason, patch] of unusable) {
    it(`reports ${title}, with a patch that fixes it`, () => {
      const [check, ...others] = checkSelection([application(spec)]);

      expect([check?.reason, others]).to.deep.equal([reason, []]);
      expect(JSON.parse(/--patch '(.*)'$/.exec(check?.fix[0] ?? '')?.[1] ?? '')).to.deep.equal(patch);
    });
  }

  const inTemplate: readonly (readonly [reason: string, spec: object, type: string, patch: unknown])[] = [
    [
      'SourceKindsMixed',
      { source: { ...plugin, helm: {} } },
      'json',
      [{ op: 'remove', path: '/spec/template/spec/source/helm' }],
    ],
    [
      'SourceHydrated',
      { sourceHydrator: { drySource: plugin } },
      'json',
      [
        { op: 'move', from: '/spec/template/spec/sourceHydrator/drySource', path: '/spec/template/spec/source' },
        { op: 'remove', path: '/spec/template/spec/sourceHydrator' },
      ],
    ],
    [
      'AutomatedSyncOff',
      { source: plugin },
      'merge',
      { spec: { template: { spec: { syncPolicy: { automated: { enabled: true, selfHeal: true } } } } } },
    ],
  ];
  for (const [reason, spec, type, patch] of inTemplate) {
    it(`patches the template of the ApplicationSet that generated the Application: ${reason}`, () => {
      const made = ownedBy('fleet', spec);
      const check = [...checkSelection([made]), ...checkApplication(made)].find((one) => one.reason === reason);

      const [, given, text = ''] =
        / patch applicationset fleet --type (\w+) --patch '(.*)'$/.exec(check?.fix[0] ?? '') ?? [];
      expect([given, JSON.parse(text || 'null')]).to.deep.equal([type, patch]);
      expect(check?.message).to.match(/; it comes from the ApplicationSet fleet: change its template at its source/);
    });
  }

  it("accepts a destination in another cluster when the plugin's `cluster` parameter names it", () => {
    const reads = (cluster: string): object => ({
      plugin: { ...plugin.plugin, parameters: [{ name: 'cluster', string: cluster }] },
    });
    const checksOf = (cluster: string): string[] =>
      checkSelection([application({ source: reads(cluster), destination: { name: 'spoke' } })]).map(
        ({ reason }) => reason,
      );

    expect(checksOf('spoke')).to.deep.equal(['PluginUsed']);
    expect(checksOf('other')).to.deep.equal(['OtherCluster']);
  });

  it('accepts a destination in another cluster when toolset.yaml names it, unless a parameter names another', () => {
    const checksOf = (inGit: string, parameters: readonly object[] = []): string[] => {
      const source = { plugin: { ...plugin.plugin, parameters } };
      return checkSelection([application({ source, destination: { name: 'spoke' } })], inGit).map(
        ({ reason }) => reason,
      );
    };

    expect(checksOf('spoke')).to.deep.equal(['PluginUsed']);
    expect(checksOf('other')).to.deep.equal(['OtherCluster']);
    expect(checksOf('spoke', [{ name: 'cluster', string: 'other' }])).to.deep.equal(['OtherCluster']);
  });

  it('suggests no change of the destination for an Application of an ApplicationSet', () => {
    const [check] = checkSelection([ownedBy('fleet', { source: plugin, destination: { name: 'spoke' } })]);

    expect([check?.reason, check?.fix]).to.deep.equal(['OtherCluster', []]);
  });

  it('syncs an Application of an ApplicationSet directly', () => {
    const made = doctorApplication({
      metadata: { ...metadata, ownerReferences: [{ kind: 'ApplicationSet', name: 'fleet' }] },
      spec: { source: plugin },
      status: { operationState: { phase: 'Failed', message: 'm' } },
    })!;

    const failed = checkApplication(made).find(({ reason }) => reason === 'SyncFailed');
    expect(failed?.fix[0]).to.match(/ patch application a --type merge --patch '\{"operation":/);
  });

  it('adds the plugin name when it is missing and Argo CD finds no plugin by itself', () => {
    const status = {
      conditions: [{ type: 'ComparisonError', message: 'could not find plugin supporting the given repository' }],
    };

    const [check] = checkSelection([application({ sources: [{}, { plugin: {} }] }, status)]);

    expect(check?.reason).to.equal('PluginUnnamed');
    expect(check?.fix[0]).to.include('[{"op":"add","path":"/spec/sources/1/plugin/name","value":"dynamic-toolset"}]');
  });
});

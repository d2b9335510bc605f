import { expect } from 'chai';
import fc from 'fast-check';
import type { ApplicationView } from '../../../plugin/argocd/application.ts';
import { applicationView, trackedBy, usesPlugin } from '../../../plugin/argocd/application.ts';

describe('plugin/argocd/application', () => {
  it('keeps the fields of an Application that refresh and sync need', () => {
    expect(viewOf({})).to.deep.equal({
      namespace: 'argocd',
      name: 'one',
      plugins: [
        {
          name: 'dynamic-toolset',
          pointer: '/spec/source/plugin/name',
          source: { repoUrl: 'x', path: 'y', commit: 'abc' },
        },
      ],
      parent: null,
      uid: 'u',
      resourceVersion: '7',
      project: 'platform',
      otherCluster: null,
      argoCdNamespace: 'argocd',
      deleting: false,
      skipped: false,
      refresh: null,
      automated: true,
      selfHeal: true,
      syncOptions: ['ServerSideApply=true'],
      syncStatus: 'OutOfSync',
      revisions: ['abc'],
      multiSource: false,
      operation: null,
      lastOperation: { phase: 'Succeeded', message: 'done', finishedAt: '2026-01-01T00:00:04Z', hooks: false },
      configMaps: [{ namespace: 'holmesgpt', name: 'c', status: 'OutOfSync' }],
      conditions: [{ type: 'OrphanedResourceWarning', message: 'x' }],
      generationError: null,
      reconciledAt: '2026-01-01T00:00:05Z',
    });
  });

  const ours: readonly (readonly [title: string, spec: object, isOurs: boolean])[] = [
    ['that names the plugin', { source: plugin('dynamic-toolset') }, true],
    ['whose plugin name has a version suffix', { source: plugin('dynamic-toolset-v1.2.0') }, true],
    ['whose plugin name has a version suffix without v', { source: plugin('dynamic-toolset-2') }, true],
    ['whose plugin name only begins with the same words', { source: plugin('dynamic-toolset-extra') }, false],
    ['without a plugin', { source: { path: 'x' } }, false],
    ['with the plugin in one of several sources', { sources: [{ chart: 'x' }, plugin('dynamic-toolset')] }, true],
    [
      'with the plugin in `source` that `sources` overrides',
      { source: plugin('dynamic-toolset'), sources: [{ chart: 'x' }] },
      false,
    ],
    ['with the plugin in `source` beside an empty `sources`', { source: plugin('dynamic-toolset'), sources: [] }, true],
  ];
  for (const [title, spec, isOurs] of ours) {
    it(`${isOurs ? 'recognises' : 'ignores'} an Application ${title}`, () => {
      expect(usesPlugin(viewOf({ spec })!, 'dynamic-toolset')).to.equal(isOurs);
    });
  }

  it('returns the JSON pointer to the plugin name in the source that names it', () => {
    expect(viewOf({ spec: { sources: [{ chart: 'x' }, plugin('p')] } })?.plugins).to.deep.equal([
      { name: 'p', pointer: '/spec/sources/1/plugin/name', source: { repoUrl: 'x', path: 'y', commit: '' } },
    ]);
  });

  it("reads the repository, path and revision of the plugin's source, and returns null for an over-long path", () => {
    const git = { repoURL: 'https://github.com/a/b', path: 'p' };
    const spec = { sources: [{ chart: 'x' }, { ...plugin('p'), ...git }] };
    const status = { sync: { revisions: ['1.2.3', 'c'] } };
    const [found] = viewOf({ spec, status })?.plugins ?? [];
    const long = { sources: [{ ...plugin('p'), ...git, path: 'x'.repeat(501) }] };

    expect(found?.source).to.deep.equal({ repoUrl: git.repoURL, path: 'p', commit: 'c' });
    expect(viewOf({ spec: long })?.plugins[0]?.source).to.equal(null);
  });

  const policies: readonly (readonly [policy: object | undefined, automated: boolean, selfHeal: boolean])[] = [
    [{ automated: { selfHeal: true } }, true, true],
    [{ automated: { selfHeal: true, enabled: true } }, true, true],
    [{ automated: { selfHeal: true, enabled: false } }, false, false],
    [{ automated: { selfHeal: 'true' } }, true, false],
    [{ automated: {} }, true, false],
    [{ automated: null }, false, false],
    [{}, false, false],
    [undefined, false, false],
  ];
  for (const [syncPolicy, automated, selfHeal] of policies) {
    it(`reads automated sync and self-heal from ${JSON.stringify(syncPolicy)}`, () => {
      expect(viewOf({ spec: { ...whole.spec, syncPolicy } })).to.deep.include({ automated, selfHeal });
    });
  }

  it("reads the owning Application from Argo CD's tracking id, and returns null without one", () => {
    const tracked = (id: string): string | null => trackedBy({ 'argocd.argoproj.io/tracking-id': id });

    expect(tracked('one:/ConfigMap:holmesgpt/c')).to.equal('one');
    expect(tracked('team-a_one:/ConfigMap:holmesgpt/c')).to.equal('team-a_one');
    expect(tracked(':::')).to.equal(null);
    expect(trackedBy({})).to.equal(null);
  });

  it('keeps the revision of each source of a multi-source Application', () => {
    const view = viewOf({
      spec: { sources: [plugin('dynamic-toolset'), { ref: 'values' }] },
      status: { sync: { revision: 'old', revisions: ['abc', 'def'] } },
    });

    expect(view).to.deep.include({ multiSource: true, revisions: ['abc', 'def'] });
  });

  it('ignores the plugin of a source that a source hydrator replaces', () => {
    const hydrated = { sourceHydrator: { drySource: plugin('dynamic-toolset'), syncSource: { path: 'x' } } };
    const source = plugin('dynamic-toolset');

    for (const spec of [hydrated, { ...hydrated, source }, { ...hydrated, sources: [source] }])
      expect(viewOf({ spec })).to.deep.include({ plugins: [], multiSource: false });
    expect(viewOf({ spec: { source, sourceHydrator: null } })?.plugins).to.have.length(1);
  });

  it("reads the namespace of the Argo CD controller, which may differ from the Application's", () => {
    const status = { ...whole.status, controllerNamespace: 'gitops' };

    expect(viewOf({ status })).to.deep.include({ namespace: 'argocd', argoCdNamespace: 'gitops' });
  });

  it('reports a requested, a running and a terminating operation', () => {
    const running = { operationState: { phase: 'Running', message: 'waiting' } };

    expect(viewOf({ operation: { sync: {} } })?.operation).to.deep.equal({ message: 'has been asked for' });
    expect(viewOf({ status: running })).to.deep.include({ operation: { message: 'waiting' }, lastOperation: null });
    expect(viewOf({ status: { operationState: { phase: 'Terminating' } } })?.operation).not.to.equal(null);
  });

  it('reports a pending refresh and a deletion', () => {
    const annotations = { 'argocd.argoproj.io/refresh': 'hard' };
    const metadata = { ...whole.metadata, annotations, deletionTimestamp: '2026-01-01T00:00:00Z' };

    expect(viewOf({ metadata })).to.deep.include({ refresh: 'hard', deleting: true });
  });

  it('distinguishes a manifest generation error from other conditions', () => {
    const conditions = (...some: (readonly [type: string, message: string])[]): object => ({
      status: { conditions: some.map(([type, message]) => ({ type, message })) },
    });
    const failed = 'Failed to load target state: failed to generate manifest for source 1 of 1: x';

    expect(viewOf(conditions(['ComparisonError', failed]))).to.deep.include({ generationError: failed });
    expect(
      viewOf(conditions(['ComparisonError', 'Manifest generation error (cached): x']))?.generationError,
    ).not.to.equal(null);
    // With the annotation manifest-generate-paths, this comes before the generation.
    const away =
      'Failed to load target state: failed to evaluate revision changes for source 1 of 1: failed to update revision for paths: rpc error: x';
    expect(viewOf(conditions(['ComparisonError', away]))?.generationError).to.equal(away);
    expect(viewOf(conditions(['ComparisonError', 'the cluster is not reachable']))?.generationError).to.equal(null);
    expect(viewOf(conditions(['SyncError', failed]))?.generationError).to.equal(null);
  });

  it('keeps only ConfigMaps, and reports an unrecognised sync status as Unknown', () => {
    const resources = [
      { kind: 'ConfigMap', version: 'v1', namespace: 'h', name: 'a', status: 'Synced' },
      { kind: 'ConfigMap', group: 'example.com', namespace: 'h', name: 'b', status: 'Synced' },
      { kind: 'Secret', namespace: 'h', name: 'c', status: 'Synced' },
      { kind: 'ConfigMap', namespace: 'h', name: 'd', status: 'Wonderful' },
      { kind: 'ConfigMap', namespace: 'h', name: '', status: 'Synced' },
    ];

    expect(viewOf({ status: { resources } })?.configMaps).to.deep.equal([
      { namespace: 'h', name: 'a', status: 'Synced' },
      { namespace: 'h', name: 'd', status: 'Unknown' },
    ]);
  });

  it('recognises a ConfigMap that Argo CD would prune, but not after a failed generation, which says so of all', () => {
    const resources = (['OutOfSync', 'Unknown', 'Synced'] as const).map((status, index) => {
      const requiresPruning = status !== 'Synced';
      return { kind: 'ConfigMap', version: 'v1', namespace: 'h', name: String(index), status, requiresPruning };
    });

    const { configMaps = [] } = viewOf({ status: { resources } }) ?? {};

    expect(configMaps.map(({ status }) => status)).to.deep.equal(['RequiresPruning', 'Unknown', 'Synced']);
  });

  it('reports that Argo CD ignores an Application, for the values that Argo CD takes for true', () => {
    const skipped = (value: string): boolean | undefined =>
      viewOf({ metadata: { ...whole.metadata, annotations: { 'argocd.argoproj.io/skip-reconcile': value } } })?.skipped;

    expect(['true', 'True', '1', 't'].map(skipped)).to.deep.equal([true, true, true, true]);
    expect(['false', '0', 'yes', ''].map(skipped)).to.deep.equal([false, false, false, false]);
  });

  it('reports that the last operation ran hooks', () => {
    const ended = (resources: readonly object[]): object => ({
      status: { operationState: { phase: 'Failed', syncResult: { resources } } },
    });

    expect(viewOf(ended([{ kind: 'Job', hookType: 'PreSync' }]))?.lastOperation?.hooks).to.equal(true);
    expect(viewOf(ended([{ kind: 'ConfigMap' }]))?.lastOperation?.hooks).to.equal(false);
  });

  it('accepts any value in any field, and keeps the declared types', () => {
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.anything(), (path, value) => {
        const view = applicationView(withValue(whole, path, value));
        if (view !== null) expectWellTyped(view);
      }),
      { numRuns: 2000 },
    );
  });

  it('accepts any value as an Application without throwing', () => {
    fc.assert(
      fc.property(fc.anything(), (object) => {
        applicationView(object);
      }),
    );
  });
});

function plugin(name: string): object {
  return { repoURL: 'x', path: 'y', plugin: { name } };
}

const whole = {
  metadata: { namespace: 'argocd', name: 'one', uid: 'u', resourceVersion: '7', annotations: {} },
  spec: {
    project: 'platform',
    source: plugin('dynamic-toolset'),
    syncPolicy: { automated: { selfHeal: true }, syncOptions: ['ServerSideApply=true'] },
  },
  status: {
    sync: { status: 'OutOfSync', revision: 'abc' },
    operationState: { phase: 'Succeeded', message: 'done', finishedAt: '2026-01-01T00:00:04Z' },
    reconciledAt: '2026-01-01T00:00:05Z',
    resources: [{ kind: 'ConfigMap', version: 'v1', namespace: 'holmesgpt', name: 'c', status: 'OutOfSync' }],
    conditions: [{ type: 'OrphanedResourceWarning', message: 'x' }],
  },
};

function viewOf(differences: object): ApplicationView | null {
  return applicationView({ ...whole, ...differences });
}

/** Of every field that is read. */
const paths: readonly (readonly string[])[] = [
  ...['metadata', 'spec', 'status', 'operation'].map((one) => [one]),
  ...['namespace', 'name', 'uid', 'resourceVersion', 'annotations', 'deletionTimestamp'].map((one) => [
    'metadata',
    one,
  ]),
  ...['project', 'source', 'sources', 'syncPolicy'].map((one) => ['spec', one]),
  ...['automated', 'syncOptions'].map((one) => ['spec', 'syncPolicy', one]),
  ...['sync', 'operationState', 'reconciledAt', 'resources', 'conditions', 'controllerNamespace'].map((one) => [
    'status',
    one,
  ]),
  ...['phase', 'message', 'finishedAt', 'syncResult'].map((one) => ['status', 'operationState', one]),
  ...['status', 'revision', 'revisions'].map((one) => ['status', 'sync', one]),
  ...['kind', 'group', 'namespace', 'name', 'status', 'requiresPruning'].map((one) => [
    'status',
    'resources',
    '0',
    one,
  ]),
  ...['type', 'message'].map((one) => ['status', 'conditions', '0', one]),
];

function withValue(object: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  if (Array.isArray(object))
    return (object as unknown[]).map((one, at) => (String(at) === key ? withValue(one, rest, value) : one));
  return { ...(object as object), [key]: withValue((object as Record<string, unknown>)[key], rest, value) };
}

function expectWellTyped(view: ApplicationView): void {
  for (const key of [
    'namespace',
    'name',
    'uid',
    'resourceVersion',
    'project',
    'argoCdNamespace',
    'syncStatus',
    'reconciledAt',
  ] as const)
    expect(view[key]).to.be.a('string');
  expect(view.project).not.to.equal('');
  for (const list of [view.syncOptions, view.revisions]) for (const one of list) expect(one).to.be.a('string');
  const plugins = view.plugins.map(({ source, ...reference }) => ({ ...reference, ...source }));
  for (const one of [...plugins, ...view.conditions, ...view.configMaps])
    expect(Object.values(one).every((value) => typeof value === 'string')).to.be.true;
  const { hooks = false, ...lastOperation } = view.lastOperation ?? {};
  for (const known of [view.operation ?? {}, lastOperation])
    for (const value of Object.values(known)) expect(value).to.be.a('string');
  for (const known of [hooks, view.skipped]) expect(known).to.be.a('boolean');
  for (const known of [view.parent, view.refresh, view.generationError])
    expect(known === null || typeof known === 'string').to.be.true;
}

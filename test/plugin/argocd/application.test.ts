import { expect } from 'chai';
import fc from 'fast-check';
import type { ApplicationView } from '../../../plugin/argocd/application.ts';
import { applicationView, trackedBy, usesPlugin } from '../../../plugin/argocd/application.ts';

describe('plugin/argocd/application', () => {
  it('keeps what refreshing and syncing needs of an Application', () => {
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
      refresh: null,
      automated: true,
      selfHeal: true,
      syncOptions: ['ServerSideApply=true'],
      syncStatus: 'OutOfSync',
      revisions: ['abc'],
      multiSource: false,
      operation: null,
      lastOperation: { phase: 'Succeeded', message: 'done', finishedAt: '2026-01-01T00:00:04Z' },
      configMaps: [{ namespace: 'holmesgpt', name: 'c', status: 'OutOfSync' }],
      conditions: [{ type: 'OrphanedResourceWarning', message: 'x' }],
      generationError: null,
      reconciledAt: '2026-01-01T00:00:05Z',
    });
  });

  const ours: readonly (readonly [title: string, spec: object, isOurs: boolean])[] = [
    ['by the name of the plugin', { source: plugin('dynamic-toolset') }, true],
    ['with a version behind the name', { source: plugin('dynamic-toolset-v1.2.0') }, true],
    ['with a version without a v', { source: plugin('dynamic-toolset-2') }, true],
    ['with another name that begins like it', { source: plugin('dynamic-toolset-extra') }, false],
    ['with no plugin', { source: { path: 'x' } }, false],
    ['in one of several sources', { sources: [{ chart: 'x' }, plugin('dynamic-toolset')] }, true],
    ['in a source that `sources` override', { source: plugin('dynamic-toolset'), sources: [{ chart: 'x' }] }, false],
    ['in a source beside an empty list of sources', { source: plugin('dynamic-toolset'), sources: [] }, true],
  ];
  for (const [title, spec, isOurs] of ours) {
    it(`${isOurs ? 'knows' : 'passes over'} one ${title}`, () => {
      expect(usesPlugin(viewOf({ spec })!, 'dynamic-toolset')).to.equal(isOurs);
    });
  }

  it('points at the name of the plugin in the source that has it', () => {
    expect(viewOf({ spec: { sources: [{ chart: 'x' }, plugin('p')] } })?.plugins).to.deep.equal([
      { name: 'p', pointer: '/spec/sources/1/plugin/name', source: { repoUrl: 'x', path: 'y', commit: '' } },
    ]);
  });

  it('reads where in Git that source is, with the revision of this one among several', () => {
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
    it(`reads automated sync and self-heal of ${JSON.stringify(syncPolicy)}`, () => {
      expect(viewOf({ spec: { ...whole.spec, syncPolicy } })).to.deep.include({ automated, selfHeal });
    });
  }

  it("reads which Application an object belongs to by Argo CD's tracking id, which tracking by label leaves out", () => {
    const tracked = (id: string): string | null => trackedBy({ 'argocd.argoproj.io/tracking-id': id });

    expect(tracked('one:/ConfigMap:holmesgpt/c')).to.equal('one');
    expect(tracked('team-a_one:/ConfigMap:holmesgpt/c')).to.equal('team-a_one');
    expect(tracked(':::')).to.equal(null);
    expect(trackedBy({})).to.equal(null);
  });

  it('has the revision of each of several sources', () => {
    const view = viewOf({
      spec: { sources: [plugin('dynamic-toolset'), { ref: 'values' }] },
      status: { sync: { revision: 'old', revisions: ['abc', 'def'] } },
    });

    expect(view).to.deep.include({ multiSource: true, revisions: ['abc', 'def'] });
  });

  it('takes no plugin of a source that a hydrator beside it takes the place of', () => {
    const hydrated = { sourceHydrator: { drySource: plugin('dynamic-toolset'), syncSource: { path: 'x' } } };
    const source = plugin('dynamic-toolset');

    for (const spec of [hydrated, { ...hydrated, source }, { ...hydrated, sources: [source] }])
      expect(viewOf({ spec })).to.deep.include({ plugins: [], multiSource: false });
    expect(viewOf({ spec: { source, sourceHydrator: null } })?.plugins).to.have.length(1);
  });

  it("knows the namespace of Argo CD's projects, which need not be its own", () => {
    const status = { ...whole.status, controllerNamespace: 'gitops' };

    expect(viewOf({ status })).to.deep.include({ namespace: 'argocd', argoCdNamespace: 'gitops' });
  });

  it('knows an operation that was asked for, one that runs, and one that is being ended', () => {
    const running = { operationState: { phase: 'Running', message: 'waiting' } };

    expect(viewOf({ operation: { sync: {} } })?.operation).to.deep.equal({ message: 'has been asked for' });
    expect(viewOf({ status: running })).to.deep.include({ operation: { message: 'waiting' }, lastOperation: null });
    expect(viewOf({ status: { operationState: { phase: 'Terminating' } } })?.operation).not.to.equal(null);
  });

  it('knows a refresh that has not ended, and an Application that is being deleted', () => {
    const annotations = { 'argocd.argoproj.io/refresh': 'hard' };
    const metadata = { ...whole.metadata, annotations, deletionTimestamp: '2026-01-01T00:00:00Z' };

    expect(viewOf({ metadata })).to.deep.include({ refresh: 'hard', deleting: true });
  });

  it('tells a generation that failed from other conditions', () => {
    const conditions = (...some: (readonly [type: string, message: string])[]): object => ({
      status: { conditions: some.map(([type, message]) => ({ type, message })) },
    });
    const failed = 'Failed to load target state: failed to generate manifest for source 1 of 1: x';

    expect(viewOf(conditions(['ComparisonError', failed]))).to.deep.include({ generationError: failed });
    expect(
      viewOf(conditions(['ComparisonError', 'Manifest generation error (cached): x']))?.generationError,
    ).not.to.equal(null);
    expect(viewOf(conditions(['ComparisonError', 'the cluster is not reachable']))?.generationError).to.equal(null);
    expect(viewOf(conditions(['SyncError', failed]))?.generationError).to.equal(null);
  });

  it('lists ConfigMaps alone, and believes no state that Argo CD does not have', () => {
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

  it('takes anything in the place of anything without an error, and keeps the types that it promises', () => {
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.anything(), (path, value) => {
        const view = applicationView(withValue(whole, path, value));
        if (view !== null) expectWellTyped(view);
      }),
      { numRuns: 2000 },
    );
  });

  it('takes anything for an Application', () => {
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
  ...['phase', 'message', 'finishedAt'].map((one) => ['status', 'operationState', one]),
  ...['status', 'revision', 'revisions'].map((one) => ['status', 'sync', one]),
  ...['kind', 'group', 'namespace', 'name', 'status'].map((one) => ['status', 'resources', '0', one]),
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
  for (const known of [view.operation, view.lastOperation])
    for (const value of Object.values(known ?? {})) expect(value).to.be.a('string');
  for (const known of [view.parent, view.refresh, view.generationError])
    expect(known === null || typeof known === 'string').to.be.true;
}

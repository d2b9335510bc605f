import { expect } from 'chai';
import type { AppliedKeys } from '../../../../plugin/serve/reconcile/drift.ts';
import { driftOf } from '../../../../plugin/serve/reconcile/drift.ts';
import { managedConfigMapView } from '../../../../plugin/serve/reconcile/managed-config-map.ts';

const digest = 'kubernaut.io/toolset-digest';
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** Who wrote which fields: keys of the data, labels and annotations. */
interface Writer {
  readonly manager: string;
  readonly data?: readonly string[];
  readonly binaryData?: readonly string[];
  readonly labels?: readonly string[];
  readonly annotations?: readonly string[];
}

const fields = (names: readonly string[] = []): object => Object.fromEntries(names.map((name) => [`f:${name}`, {}]));

function view(writers: readonly Writer[], applied?: string): NonNullable<ReturnType<typeof managedConfigMapView>> {
  return managedConfigMapView({
    metadata: {
      namespace: 'h',
      name: 'c',
      annotations: { [digest]: 'sha256:1', ...(applied === undefined ? {} : { [lastApplied]: applied }) },
      managedFields: writers.map(({ manager, data, binaryData, labels, annotations }) => ({
        manager,
        fieldsV1: {
          'f:data': { '.': {}, ...fields(data) },
          'f:binaryData': fields(binaryData),
          'f:metadata': { 'f:labels': fields(labels), 'f:annotations': fields(annotations) },
        },
      })),
    },
  })!;
}

function drifts(writers: readonly Writer[], applied?: string, before: AppliedKeys | null = null): readonly string[] {
  return driftOf(view(writers, applied), before).drifts.map(({ type, key }) => `${type} ${key}`);
}

describe('plugin/serve/reconcile/drift', () => {
  const argoCd = { manager: 'argocd-controller', data: ['a.yaml'], annotations: [digest] };

  it('reports no drift when the API server returns no managed fields', () => {
    expect(view([]).managedFields).to.equal(null);
    expect(drifts([])).to.deep.equal([]);
  });

  it('reduces managed fields to whether Argo CD owns each key', () => {
    const { managedFields } = view([
      { ...argoCd, binaryData: ['b'], labels: ['app.kubernetes.io/name'] },
      { manager: 'kubectl-edit', data: ['c', 'a.yaml'], labels: ['team'], annotations: ['note'] },
    ]);

    expect(managedFields).to.deep.equal({
      keys: { 'a.yaml': true, b: true, c: false },
      applied: null,
      foreignMetadata: false,
    });
  });

  it('detects a key that another writer has modified, removed or added', () => {
    const applied = JSON.stringify({ data: { 'a.yaml': '' }, binaryData: { b: '' } });

    expect(drifts([{ ...argoCd, binaryData: ['b'] }], applied)).to.deep.equal([]);
    expect(drifts([argoCd], applied)).to.deep.equal(['missing b']);
    expect(
      drifts(
        [
          { ...argoCd, data: [] },
          { manager: 'x', data: ['a.yaml', 'b'] },
        ],
        applied,
      ),
    ).to.deep.equal(['modified a.yaml', 'modified b']);
    expect(
      drifts(
        [
          { ...argoCd, binaryData: ['b'] },
          { manager: 'x', data: ['c'] },
        ],
        applied,
      ),
    ).to.deep.equal(['extra c']);
  });

  for (const field of ['app.kubernetes.io/name', 'app.kubernetes.io/component', 'app.kubernetes.io/managed-by']) {
    it(`detects that another writer owns the label ${field}, and ignores other labels`, () => {
      expect(drifts([argoCd, { manager: 'x', labels: [field] }])).to.deep.equal(['modified ']);
      expect(drifts([argoCd, { manager: 'x', labels: [`${field}-2`, `x-${field}`] }])).to.deep.equal([]);
      expect(
        drifts([
          { ...argoCd, labels: [field] },
          { manager: 'x', labels: [field] },
        ]),
      ).to.deep.equal([]);
    });
  }

  it('detects that another writer owns an annotation of the plugin, and ignores other annotations', () => {
    expect(drifts([argoCd, { manager: 'x', annotations: ['kubernaut.io/toolset-sources'] }])).to.deep.equal([
      'modified ',
    ]);
    expect(drifts([argoCd, { manager: 'x', annotations: ['kubernaut.io/other'] }])).to.deep.equal([]);
  });

  it('treats the writer of the digest as the one that applies the ConfigMap unless Argo CD has written to it', () => {
    const flux = { manager: 'kustomize-controller', data: ['a.yaml'], annotations: [digest] };

    expect(view([flux, { manager: 'x', data: ['b'] }]).managedFields!.keys).to.deep.equal({ 'a.yaml': true, b: false });
    expect(view([flux, { ...argoCd, data: ['b'] }]).managedFields!.keys).to.deep.equal({ 'a.yaml': false, b: true });
  });

  it('compares with the keys of the last clean state when there is no last-applied annotation', () => {
    const first = driftOf(view([{ ...argoCd, data: ['a.yaml', 'b'] }]), null);
    expect(first).to.deep.equal({ drifts: [], clean: { digest: 'sha256:1', keys: ['a.yaml', 'b'] } });

    const removed = driftOf(view([argoCd]), first.clean);
    expect(removed).to.deep.equal({ drifts: [{ type: 'missing', key: 'b' }], clean: first.clean });
    const added = driftOf(
      view([
        { ...argoCd, data: ['a.yaml', 'b'] },
        { manager: 'x', data: ['c'] },
      ]),
      first.clean,
    );
    expect(added).to.deep.equal({ drifts: [{ type: 'extra', key: 'c' }], clean: first.clean });
    const grown = driftOf(view([{ ...argoCd, data: ['a.yaml', 'b', 'd'] }]), first.clean);
    expect(grown.clean!.keys).to.deep.equal(['a.yaml', 'b', 'd']);
  });

  it('starts over when the digest changes', () => {
    const { clean } = driftOf(view([argoCd]), { digest: 'sha256:0', keys: ['old'] });

    expect(clean).to.deep.equal({ digest: 'sha256:1', keys: ['a.yaml'] });
  });

  for (const text of ['{', '[]', '"x"', '{"data": 1}']) {
    it(`treats the last-applied annotation ${text} as having no keys, or as missing`, () => {
      expect(drifts([argoCd], text)).to.deep.equal([]);
    });
  }

  it('ignores a ConfigMap without a name', () => {
    expect(managedConfigMapView({ metadata: {} })).to.equal(null);
  });
});

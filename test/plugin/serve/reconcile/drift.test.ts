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

  it('says nothing where the API server does not report who wrote what', () => {
    expect(view([]).managedFields).to.equal(null);
    expect(drifts([])).to.deep.equal([]);
  });

  it('keeps of the fields who owns each key, and no value', () => {
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

  it('finds a key that another writer changed, added or removed', () => {
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
    it(`finds that another writer owns the label ${field}, and minds no label of others`, () => {
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

  it('finds that another writer owns an annotation of the plugin, and minds no other', () => {
    expect(drifts([argoCd, { manager: 'x', annotations: ['kubernaut.io/toolset-sources'] }])).to.deep.equal([
      'modified ',
    ]);
    expect(drifts([argoCd, { manager: 'x', annotations: ['kubernaut.io/other'] }])).to.deep.equal([]);
  });

  it('takes the writer of the digest for the one that applies it, where Argo CD is none of them', () => {
    const flux = { manager: 'kustomize-controller', data: ['a.yaml'], annotations: [digest] };

    expect(view([flux, { manager: 'x', data: ['b'] }]).managedFields!.keys).to.deep.equal({ 'a.yaml': true, b: false });
    expect(view([flux, { ...argoCd, data: ['b'] }]).managedFields!.keys).to.deep.equal({ 'a.yaml': false, b: true });
  });

  it('remembers without a last-applied annotation which keys there were when nothing had drifted', () => {
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

  it('begins anew with another digest', () => {
    const { clean } = driftOf(view([argoCd]), { digest: 'sha256:0', keys: ['old'] });

    expect(clean).to.deep.equal({ digest: 'sha256:1', keys: ['a.yaml'] });
  });

  for (const text of ['{', '[]', '"x"', '{"data": 1}']) {
    it(`takes the last-applied annotation ${text} for no list of keys, or an empty one`, () => {
      expect(drifts([argoCd], text)).to.deep.equal([]);
    });
  }

  it('is no ConfigMap without a name', () => {
    expect(managedConfigMapView({ metadata: {} })).to.equal(null);
  });
});

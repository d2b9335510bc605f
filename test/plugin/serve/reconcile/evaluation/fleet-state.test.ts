import { expect } from 'chai';
import type { LiveConfigMap } from '../../../../../plugin/cluster/types.ts';
import { digestAnnotation } from '../../../../../plugin/customizations/discovery-settings.ts';
import { metadataOf } from '../../../../../plugin/serve/reconcile/config-map-metadata.ts';
import { fleetStateOf, metadataFor, ownPartOf } from '../../../../../plugin/serve/reconcile/evaluation/fleet-state.ts';
import type { FleetPart } from '../../../../../plugin/serve/reconcile/evaluation/fleet-state.ts';
import { configMapProblem } from '../../../../../plugin/serve/reasons.ts';
import type { KubeObject } from '../../../../cluster/parts/objects.ts';
import { combined } from '../../../../support/fleet.ts';
import type { Combined } from '../../../../support/fleet.ts';
import { service } from '../../../../support/objects.ts';

function prometheus(name: string): KubeObject {
  const labels = { 'app.kubernetes.io/name': 'prometheus' };
  return service({ namespace: 'm', name, labels, ports: [{ name: 'web', port: 9090 }] });
}

const unread: FleetPart = { unread: 'CLUSTER_UNREACHABLE', message: 'no answer' };

describe('plugin/serve/reconcile/evaluation/fleet-state', () => {
  const both = { 'spoke-1': [prometheus('a')], 'in-cluster': [prometheus('b')] };

  it('equals what generate prints for the same clusters', async () => {
    const printed = await combined({ clusters: both });

    expect(stateOf(printed)).to.deep.equal({ instances: ['spoke-1/m/a', 'in-cluster/m/b'], digest: digestOf(printed) });
  });

  it('keeps the part of a cluster that cannot be read', async () => {
    const printed = await combined({ clusters: both });

    expect(stateOf(printed, { 'spoke-1': unread }, liveOf(printed))).to.deep.equal({
      instances: ['spoke-1/m/a', 'in-cluster/m/b'],
      digest: digestOf(printed),
    });
    expect(stateOf(printed, { 'spoke-1': unread }))
      .to.have.property('instances')
      .that.deep.equals(['in-cluster/m/b']);
  });

  it("reports only the first cluster's error when none can be read", async () => {
    const printed = await combined({ clusters: both });
    const others = { 'spoke-1': unread, 'in-cluster': { ...unread, message: 'forbidden' } };

    expect(stateOf(printed, others, liveOf(printed))).to.deep.equal({ unread: 'spoke-1: no answer' });
  });

  it('returns the problem of a part that cannot be evaluated', async () => {
    const printed = await combined({ clusters: both });
    const problem = configMapProblem('ScopeNotWatched', { scope: 'team' });

    expect(stateOf(printed, { 'in-cluster': { problem }, 'spoke-1': unread })).to.deep.equal({ problem });
  });

  it('keeps nothing of an unread cluster that the policy denies', async () => {
    const printed = await combined({ clusters: both });
    const policy = { include: ['*'], exclude: ['m'], trust: null, clusters: [] };

    const state = fleetStateOf(
      partsOf(printed, { 'spoke-1': unread }),
      { ...printed.settings, live: liveOf(printed) },
      policy,
    );
    expect('conclusion' in state && state.conclusion.admitted.map(({ instance }) => instance)).to.deep.equal([
      'in-cluster/m/b',
    ]);
  });

  it('evaluates each cluster with only its own settings and source lines', async () => {
    const printed = await combined({ clusters: both });
    const metadata = { ...printed.settings, live: liveOf(printed), settingsId: '1', digest: '' };

    const { spec, live } = metadataFor('spoke-1', metadata);

    expect(spec).to.include({ cluster: 'spoke-1' }).and.not.have.property('clusters');
    expect(live.annotations['kubernaut.io/toolset-sources']).to.include('m/a').and.not.include('m/b');
  });

  it("returns the own cluster's part of a multi-cluster ConfigMap, and all of a single-cluster one", async () => {
    const { configMap } = await combined({ clusters: both });
    const one = await combined({ clusters: both, spec: { clusters: undefined } });

    const [ofSeveral, ofOne] = [configMap, one.configMap].map(({ metadata }) => ownPartOf(metadata));

    expect(ofSeveral).to.have.nested.property('live.annotations.kubernaut\\.io/toolset-sources').that.includes('m/b');
    expect(ofSeveral).to.not.have.nested.property('spec.clusters');
    expect(ofOne).to.have.property('spec');
    expect(ofOne).to.deep.equal(metadataOf(one.configMap.metadata));
  });

  it("finds that part by the cluster's name in the settings, and returns none if the ConfigMap has none", async () => {
    const hub = 'https://kubernetes.default.svc';
    const byUrl = await combined({ clusters: { 'spoke-1': [prometheus('a')], [hub]: [prometheus('b')] } });
    const ofOthers = await combined({ clusters: { 'spoke-1': [prometheus('a')], 'in-cluster': [] } });

    const [named, none] = [byUrl, ofOthers].map(({ configMap: { metadata } }) => ownPartOf(metadata));

    const path = 'live.annotations.kubernaut\\.io/toolset-sources';
    expect(named).to.have.nested.property(path).that.includes(' m/b ').and.not.includes('m/a');
    expect(none).to.have.nested.property(path, '');
  });

  /** The state of these clusters, some of them with another part. */
  function stateOf(
    from: Combined,
    others: Readonly<Record<string, FleetPart>> = {},
    live: LiveConfigMap = { annotations: {}, data: {} },
  ): unknown {
    const state = fleetStateOf(partsOf(from, others), { ...from.settings, live }, null);
    if (!('conclusion' in state)) return state;
    return { instances: state.conclusion.admitted.map(({ instance }) => instance), digest: state.digest };
  }
});

function partsOf(
  { parts }: Combined,
  others: Readonly<Record<string, FleetPart>>,
): { readonly cluster: string; readonly part: FleetPart }[] {
  return parts.map(({ cluster, found }) => {
    if ('unread' in found) throw new Error(`${cluster} was not read`);
    return { cluster, part: others[cluster] ?? { conclusion: found } };
  });
}

function liveOf({ configMap: { metadata, data } }: Combined): LiveConfigMap {
  return { annotations: metadata.annotations, data };
}

function digestOf({ configMap }: Combined): string | undefined {
  return configMap.metadata.annotations[digestAnnotation];
}

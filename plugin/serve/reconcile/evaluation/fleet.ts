import type { ApplicationView } from '../../../argocd/application.ts';
import { isOwnCluster } from '../../../lib/cluster-name.ts';
import { keyOf } from '../../../lib/object-key.ts';
import { configMapProblem, sourceReason } from '../../reasons.ts';
import { enabledDetectors } from '../candidates.ts';
import type { ConfigMapMetadata } from '../config-map-metadata.ts';
import type { ManagedConfigMap } from '../managed-config-map.ts';
import { fleetStateOf, metadataFor } from './fleet-state.ts';
import type { NamedPart } from './fleet-state.ts';
import type { EvaluationInputs, ObservedDiscovery } from './inputs.ts';
import { fromCaches } from './from-caches.ts';
import type { EvaluationProblem } from './from-caches.ts';
import { policyFor } from './project-policy.ts';
import { changesOf } from './source-changes.ts';

/** Evaluates each of its clusters separately and combines them as `generate` does. */
export async function evaluateFleet(
  configMap: ManagedConfigMap,
  metadata: ConfigMapMetadata,
  application: ApplicationView,
  inputs: EvaluationInputs,
): Promise<ObservedDiscovery | EvaluationProblem> {
  const { here, fleet, groups, onDue } = inputs;
  const key = keyOf(configMap);
  const { spec, settingsId } = metadata;
  const { clusters = [] } = spec;
  const names = JSON.stringify(clusters.join(', ').slice(0, maxShown));
  const notRead = { problem: configMapProblem('ClustersNotRead', { clusters: names }), isUnsettled: true } as const;
  if (!fleet) {
    return { problem: configMapProblem('ReadsAnotherCluster', { cluster: names, here: JSON.stringify(here.name) }) };
  }
  const policy = await policyFor(key, application, null, inputs);
  if (policy !== null && 'problem' in policy) return policy;
  const answer = fleet.members({ configMap: key, settingsId, project: application.project, policy });
  if (answer === 'pending') return notRead;
  if ('error' in answer) {
    return { problem: configMapProblem('ClustersUnreadable', { clusters: names, error: answer.error }) };
  }
  if (!answer.names.some(isOwnCluster)) groups.leave(key);
  const parts: NamedPart[] = [];
  const waits: number[] = [];
  for (const cluster of answer.names) {
    const part = isOwnCluster(cluster)
      ? await ownPart(key, metadataFor(cluster, metadata), policy, inputs)
      : fleet.partOf(cluster, configMap);
    if ('waitMs' in part) waits.push(part.waitMs);
    else parts.push({ cluster, part });
  }
  if (waits.length > 0) {
    onDue(key, Math.min(...waits));
    return notRead;
  }
  const state = fleetStateOf(parts, metadata, policy);
  if ('problem' in state) return state;
  if ('unread' in state) {
    return { problem: configMapProblem('ClustersUnreadable', { clusters: names, error: state.unread }) };
  }
  const changes = changesOf(metadata, state, () => sourceReason('ClusterNotTold'));
  return { ...state, detectors: enabledDetectors(spec), changes };
}

/** Characters of cluster names that are shown. */
const maxShown = 200;

/** The part of the cluster that Argo CD runs in. */
async function ownPart(...of: Parameters<typeof fromCaches>): Promise<NamedPart['part']> {
  const found = await fromCaches(...of);
  return 'problem' in found ? found : { conclusion: found.desired.conclusion };
}

import type { ApplicationView } from '../../../argocd/application.ts';
import { readWarnings, toAnnotationWarning } from '../../../customizations/warnings-annotation.ts';
import type { AnnotationWarning } from '../../../customizations/warnings-annotation.ts';
import type { Verdict } from '../../../discovery/decision.ts';
import type { SelectionResult } from '../../../discovery/selection/select-backends.ts';
import { ownCluster } from '../../../lib/cluster-name.ts';
import { keyOf } from '../../../lib/object-key.ts';
import { configMapProblem } from '../../reasons.ts';
import { ownerOf } from '../application-owner.ts';
import type { ApplicationOwner } from '../application-owner.ts';
import type { ConfigMapMetadata } from '../config-map-metadata.ts';
import type { ManagedConfigMap } from '../managed-config-map.ts';
import type { ConfigMapStatus } from '../status.ts';
import { unreadableMs } from './inputs.ts';
import type { EvaluationInputs, ObservedDiscovery } from './inputs.ts';
import { fromCaches } from './from-caches.ts';
import type { EvaluationProblem } from './from-caches.ts';
import { policyFor } from './project-policy.ts';
import { evaluateFleet } from './fleet.ts';
import { changesOf, leftOutReason } from './source-changes.ts';

/** The current and the desired digest of a ConfigMap, or why the desired one cannot be computed. */
export type Evaluation = Omit<ConfigMapStatus, 'outOfDateSince' | 'cause'>;

/** An evaluation. If it is `unsettled`, another one follows soon, and the previous status stays until then. */
export interface EvaluationOutcome {
  /** The version that was evaluated. */
  readonly configMap: ManagedConfigMap;
  readonly evaluation: Evaluation;
  /** `null` if there is a problem. */
  readonly discovery: ObservedDiscovery | null;
  readonly isUnsettled: boolean;
}

/** Evaluates one ConfigMap from the caches; `undefined` if it does not exist or is reported elsewhere. */
export async function evaluateConfigMap(key: string, inputs: EvaluationInputs): Promise<EvaluationOutcome | undefined> {
  const { caches, groups, clock, isElsewhere, onDiscovery } = inputs;
  const startedAt = clock.now();
  const configMap = caches.configMaps.get(key);
  if (!configMap || isElsewhere?.(configMap) === true) {
    groups.leave(key);
    return undefined;
  }
  let outcome: EvaluationOutcome | null = null;
  try {
    outcome = await outcomeOf(configMap, inputs);
    return outcome;
  } finally {
    if (outcome?.isUnsettled !== true) onDiscovery?.(key, outcome?.discovery ?? null, (clock.now() - startedAt) / 1000);
  }
}

async function outcomeOf(configMap: ManagedConfigMap, inputs: EvaluationInputs): Promise<EvaluationOutcome> {
  const { caches, groups, here, metadataOf } = inputs;
  const { namespace, name, annotations } = configMap;
  const metadata = metadataOf(configMap);
  const owner = ownerOf(configMap, caches, here.isDestinationOf);
  const application = 'application' in owner ? keyOf(owner.application) : null;
  const status = { namespace, name, application, digest: 'problem' in metadata ? '' : metadata.digest };
  const result = await discover(configMap, metadata, owner, inputs);
  if ('problem' in result) {
    const { problem, isUnsettled = false } = result;
    // Until it settles, the previous state is explained, and its Services are not judged again.
    if (!isUnsettled) groups.leave(keyOf(configMap));
    const evaluation = { ...status, desired: null, problem, services: null, warnings: readWarnings(annotations) };
    return { configMap, evaluation, discovery: null, isUnsettled };
  }
  const { decisions } = result.conclusion;
  const count = (verdict: Verdict): number => decisions.filter(({ decision }) => decision === verdict).length;
  const evaluation = {
    ...status,
    desired: result.digest,
    problem: null,
    services: { selected: count('selected'), unhealthy: count('unhealthy') },
    warnings: warningsOf(configMap, result.conclusion),
  };
  return { configMap, evaluation, discovery: result, isUnsettled: false };
}

const reportedAsOfNow: ReadonlySet<string> = new Set(['NOTHING_DISCOVERED', 'CLUSTER_UNREAD']);

/**
 * Warnings about files in Git come from the live ConfigMap alone, those about the discovery from both: one that is
 * resolved disappears once the ConfigMap is regenerated. An empty result, and unavailable clusters, are reported as of
 * now.
 */
function warningsOf({ annotations }: ManagedConfigMap, { warnings }: SelectionResult): readonly AnnotationWarning[] {
  const generated = readWarnings(annotations).filter(({ code }) => !reportedAsOfNow.has(code));
  const current = warnings.map(toAnnotationWarning);
  const known = new Set(generated.map(({ code, message }) => `${code} ${message}`));
  return [...generated, ...current.filter(({ code, message }) => !known.has(`${code} ${message}`))];
}

async function discover(
  configMap: ManagedConfigMap,
  metadata: ConfigMapMetadata | EvaluationProblem,
  owner: ApplicationOwner,
  inputs: EvaluationInputs,
): Promise<ObservedDiscovery | EvaluationProblem> {
  const key = keyOf(configMap);
  const unreadable = inputs.caches.unreadable('configMaps').find(({ namespace }) => namespace === configMap.namespace);
  if (unreadable) {
    inputs.onDue(key, unreadableMs);
    return { problem: configMapProblem('ConfigMapUnreadable', unreadable) };
  }
  if ('problem' in metadata) return metadata;
  if ('problem' in owner) {
    if (owner.problem.reason === 'ApplicationsUnreadable') inputs.onDue(key, unreadableMs);
    return owner;
  }
  if (isLeftOver(key, owner.application))
    return { problem: configMapProblem('NoLongerGenerated', { application: keyOf(owner.application) }) };
  const { cluster = ownCluster.name, clusters } = metadata.spec;
  const { here } = inputs;
  if (clusters) return evaluateFleet(configMap, metadata, owner.application, inputs);
  if (!here.isCalled(cluster)) {
    const names = { cluster: JSON.stringify(cluster), here: JSON.stringify(here.name) };
    return { problem: configMapProblem('ReadsAnotherCluster', names) };
  }
  const policy = await policyFor(key, owner.application, cluster, inputs);
  if (policy !== null && 'problem' in policy) return policy;
  const found = await fromCaches(key, metadata, policy, inputs);
  if ('problem' in found) return found;
  const { candidates } = found;
  const { dueAt: _, ...desired } = found.desired;
  const changes = changesOf(metadata, desired, leftOutReason(candidates, inputs.caches.services));
  return { ...desired, detectors: candidates.detectors, changes };
}

/** What the Application does not generate, no refresh and no sync of it updates. */
function isLeftOver(key: string, { configMaps }: ApplicationView): boolean {
  return configMaps.some((one) => one.status === 'RequiresPruning' && keyOf(one) === key);
}

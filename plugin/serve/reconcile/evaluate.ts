import { deploysToHub } from '../../argocd/application.ts';
import type { ApplicationView } from '../../argocd/application.ts';
import type { NamespaceScope } from '../../cluster/types.ts';
import type { ToldWarning } from '../../customizations/warnings-annotation.ts';
import { readWarnings, toldWarning } from '../../customizations/warnings-annotation.ts';
import type { Verdict } from '../../discovery/decision.ts';
import type { SelectionResult } from '../../discovery/selection/select-backends.ts';
import type { Clock } from '../../lib/clock.ts';
import { isPluginError } from '../../lib/errors.ts';
import { keyOf } from '../../lib/object-key.ts';
import { specFor } from '../../discovery/fleet/cluster-spec.ts';
import { liveOfCluster } from '../../discovery/fleet/cluster-memory.ts';
import { isOwnCluster, ownCluster } from '../../lib/cluster-name.ts';
import type { ProjectPolicy } from '../../settings/policy.ts';
import { configMapProblem, sourceReason } from '../reasons.ts';
import type { ConfigMapProblem } from '../reasons.ts';
import { ownerOf } from './application-owner.ts';
import type { ApplicationOwner } from './application-owner.ts';
import type { FleetInputs, NamedPart } from './fleet.ts';
import { fleetStateOf } from './fleet.ts';
import type { Candidates } from './candidates.ts';
import { enabledDetectors } from './candidates.ts';
import type { CandidateGroups } from './candidate-groups.ts';
import type { ConfigMapMetadata, metadataOf } from './config-map-metadata.ts';
import type { KeptKeysOfConfigMaps } from './kept-keys.ts';
import { desiredStateOf } from './desired-state.ts';
import type { BackgroundReaders, DesiredState } from './desired-state.ts';
import type { ManagedConfigMap, ServeCaches } from './managed-config-map.ts';
import { leftOutReason, noSourceChanges, sourceChanges } from './source-changes.ts';
import type { SourceChanges } from './source-changes.ts';
import type { ConfigMapStatus } from './status.ts';

/** The current and the desired digest of a ConfigMap, or why the desired one cannot be computed. */
export type Evaluation = Omit<ConfigMapStatus, 'outOfDateSince' | 'cause'>;

/** The result of one discovery, for metrics. */
export interface ObservedDiscovery extends Pick<DesiredState, 'digest' | 'conclusion' | 'file'> {
  /** Ids of the detectors that took part. */
  readonly detectors: readonly string[];
  /** By which Services it differs from what the live ConfigMap was generated from; none where the digests are equal. */
  readonly changes: SourceChanges;
}

/** Which cluster it is, for what names one. */
export interface ClusterIdentity {
  readonly name: string;
  /** Whether settings that read the cluster of this name or URL read this one. */
  readonly isCalled: (cluster: string) => boolean;
  /** Whether the Application deploys to this one: no other owns a ConfigMap of it. */
  readonly isDestinationOf: (application: ApplicationView) => boolean;
}

/** The cluster that Argo CD runs in. */
export const hubIdentity: ClusterIdentity = {
  name: ownCluster.name,
  isCalled: isOwnCluster,
  isDestinationOf: deploysToHub,
};

export interface EvaluationInputs {
  readonly caches: ServeCaches;
  readonly groups: CandidateGroups;
  readonly keptKeys: KeptKeysOfConfigMaps;
  /** The cluster of these caches. */
  readonly here: ClusterIdentity;
  /** What the policy grants a project in a cluster; `null` without a policy, `'nothing'` without a rule for both. */
  readonly grantOf: (project: string, cluster: string | null) => ProjectPolicy | null | 'nothing';
  /** Whether Argo CD lets the Application be of the project that it names. Rejects where that cannot be read. */
  readonly permits: (application: ApplicationView) => Promise<boolean>;
  /** Whether another cluster's evaluation tells of the ConfigMap; never by default. */
  readonly isElsewhere?: ((configMap: ManagedConfigMap) => boolean) | undefined;
  readonly readers: BackgroundReaders;
  /** What a ConfigMap remembers, for these caches alone. */
  readonly metadataOf: typeof metadataOf;
  /** The clusters of ConfigMaps that are made of several; `null` where such are not evaluated. */
  readonly fleet: FleetInputs | null;
  readonly clock: Clock;
  /** The result can change in `ms` without any event. */
  readonly onDue: (configMap: string, ms: number) => void;
  /** `null` if the discovery failed. */
  readonly onDiscovery?:
    ((configMap: string, discovery: ObservedDiscovery | null, seconds: number) => void) | undefined;
}

/** An evaluation, and whether it is `unsettled`: then another one follows soon, and until then what was known before holds. */
export interface Evaluated {
  readonly evaluation: Evaluation;
  readonly isUnsettled: boolean;
}

/** Evaluates one ConfigMap from the caches; `undefined` if it does not exist, or is told of elsewhere. */
export async function evaluateConfigMap(key: string, inputs: EvaluationInputs): Promise<Evaluated | undefined> {
  const { caches, groups, clock, isElsewhere, onDiscovery } = inputs;
  const startedAt = clock.now();
  const configMap = caches.configMaps.get(key);
  if (!configMap || isElsewhere?.(configMap) === true) {
    groups.leave(key);
    return undefined;
  }
  let discovery: ObservedDiscovery | null = null;
  let isUnsettled = false;
  try {
    const metadata = inputs.metadataOf(configMap);
    const owner = ownerOf(configMap, caches.applications.values(), inputs.here.isDestinationOf);
    const { namespace, name } = configMap;
    const application = 'application' in owner ? keyOf(owner.application) : null;
    const digest = 'problem' in metadata ? '' : metadata.digest;
    const result = await discover(key, metadata, owner, inputs);
    const status = { namespace, name, application, digest };
    if ('problem' in result) {
      groups.leave(key);
      const warnings = readWarnings(configMap.annotations);
      isUnsettled = result.isUnsettled === true;
      return {
        evaluation: { ...status, desired: null, problem: result.problem, services: null, warnings },
        isUnsettled,
      };
    }
    discovery = result;
    const { decisions } = result.conclusion;
    const count = (verdict: Verdict): number => decisions.filter(({ decision }) => decision === verdict).length;
    const evaluation = {
      ...status,
      desired: result.digest,
      problem: null,
      services: { selected: count('selected'), unhealthy: count('unhealthy') },
      warnings: warningsOf(configMap, result.conclusion),
    };
    return { evaluation, isUnsettled };
  } finally {
    if (!isUnsettled) onDiscovery?.(key, discovery, (clock.now() - startedAt) / 1000);
  }
}

const toldAsItIs: ReadonlySet<string> = new Set(['NOTHING_DISCOVERED', 'CLUSTER_UNREAD']);

/**
 * Those of Git's files are known from the live ConfigMap alone, those of the discovery from both: what the current one no
 * longer says goes once the ConfigMap is generated again. That it is empty, and which clusters are away, is told as it is now.
 */
function warningsOf({ annotations }: ManagedConfigMap, { warnings }: SelectionResult): readonly ToldWarning[] {
  const generated = readWarnings(annotations).filter(({ code }) => !toldAsItIs.has(code));
  const current = warnings.map(toldWarning);
  const known = new Set(generated.map(({ code, message }) => `${code} ${message}`));
  return [...generated, ...current.filter(({ code, message }) => !known.has(`${code} ${message}`))];
}

interface Undiscovered {
  readonly problem: ConfigMapProblem;
  /** It goes by itself, and soon. */
  readonly isUnsettled?: true;
}

async function discover(
  key: string,
  metadata: ConfigMapMetadata | Undiscovered,
  owner: ApplicationOwner,
  inputs: EvaluationInputs,
): Promise<ObservedDiscovery | Undiscovered> {
  if ('problem' in metadata) return metadata;
  if ('problem' in owner) return owner;
  const { cluster = ownCluster.name, clusters } = metadata.spec;
  const { here } = inputs;
  if (clusters) return ofSeveral(key, metadata, owner.application, inputs);
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

/** What the caches of this cluster say. */
async function fromCaches(
  key: string,
  metadata: ConfigMapMetadata,
  policy: ProjectPolicy | null,
  { caches, groups, keptKeys, readers, clock, onDue }: EvaluationInputs,
): Promise<{ readonly candidates: Candidates; readonly desired: DesiredState } | Undiscovered> {
  await keptKeys.include(metadata.spec);
  const candidates = groups.join(key, metadata, policy);
  const unwatched = unwatchedOf(caches.scope, candidates.scope);
  if (unwatched !== null) return { problem: configMapProblem('ScopeNotWatched', { scope: unwatched }) };
  const now = clock.epochMs();
  const desired = await desiredStateOf(metadata, candidates, caches, readers, now);
  if (desired.dueAt !== null) onDue(key, desired.dueAt - now);
  return { candidates, desired };
}

function changesOf(
  { live, digest }: ConfigMapMetadata,
  desired: Pick<DesiredState, 'digest' | 'conclusion'>,
  reasonOf: Parameters<typeof sourceChanges>[2],
): SourceChanges {
  return desired.digest === digest ? noSourceChanges : sourceChanges(live, desired.conclusion, reasonOf);
}

/** Each of its clusters by itself, put together as `generate` does. */
async function ofSeveral(
  key: string,
  metadata: ConfigMapMetadata,
  application: ApplicationView,
  inputs: EvaluationInputs,
): Promise<ObservedDiscovery | Undiscovered> {
  const { caches, here, fleet, groups, onDue } = inputs;
  const { spec, settingsId, live } = metadata;
  const { clusters = [] } = spec;
  const names = JSON.stringify(clusters.join(', ').slice(0, maxShown));
  const notRead = { problem: configMapProblem('ClustersNotRead', { clusters: names }), isUnsettled: true } as const;
  if (!fleet) {
    groups.leave(key);
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
  for (const cluster of answer.names) {
    if (!isOwnCluster(cluster)) {
      parts.push({ cluster, part: fleet.partOf(cluster, key, caches.configMaps.get(key)) });
      continue;
    }
    const own = { ...metadata, spec: specFor(cluster, spec), live: liveOfCluster(live, cluster) };
    const found = await fromCaches(key, own, policy, inputs);
    parts.push({ cluster, part: 'problem' in found ? found : { conclusion: found.desired.conclusion } });
  }
  const waited = parts.flatMap(({ part }) => ('waitMs' in part ? part.waitMs : []));
  if (waited.length > 0) {
    onDue(key, Math.min(...waited));
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

/** Characters of the names of clusters. */
const maxShown = 200;

/** A project can change without any event: it is read again with the next evaluation, and at the latest after this time. */
const projectMs = 60_000;
const unreadableMs = 5_000;

/**
 * What the policy grants the project of an Application; `null` without a policy. The name of the project is a claim of
 * the Application's author, so that outside of Argo CD's namespace the project itself has to permit it, as for Argo CD.
 */
async function policyFor(
  key: string,
  application: ApplicationView,
  cluster: string | null,
  { grantOf, permits, onDue }: EvaluationInputs,
): Promise<ProjectPolicy | null | { readonly problem: ConfigMapProblem }> {
  const { project, namespace, argoCdNamespace: argoCd } = application;
  const policy = grantOf(project, cluster);
  const names = { application: keyOf(application), project: JSON.stringify(project) };
  if (policy === 'nothing') {
    const missing = { project: names.project, cluster: JSON.stringify(cluster ?? 'any') };
    return { problem: configMapProblem('ProjectNotInPolicy', missing) };
  }
  if (policy === null || namespace === argoCd) return policy;
  try {
    onDue(key, projectMs);
    if (await permits(application)) return policy;
    return { problem: configMapProblem('ProjectNotPermitted', { ...names, argoCd }) };
  } catch (cause) {
    if (!isPluginError(cause)) throw cause;
    onDue(key, unreadableMs);
    return { problem: configMapProblem('ProjectUnreadable', { ...names, error: `${cause.message}; ${cause.hint}` }) };
  }
}

/** The first part of `needed` that is not watched; `null` if there is none. */
function unwatchedOf(watched: NamespaceScope, needed: NamespaceScope): string | null {
  if (watched === 'cluster') return null;
  if (needed === 'cluster') return 'the whole cluster';
  return needed.find((namespace) => !watched.includes(namespace)) ?? null;
}

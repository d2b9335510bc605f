import type { Prober } from '../../cluster/probe.ts';
import type { NamespaceScope } from '../../cluster/types.ts';
import { keyOf } from '../../lib/object-key.ts';
import type { ProjectPolicy } from '../../settings/policy.ts';
import type { ApplicationView } from '../../argocd/application.ts';
import type { ManagedConfigMap, ServeCaches } from './managed-config-map.ts';
import { readConfigMapMetadata } from './config-map-metadata.ts';
import type { ConfigMapMetadata } from './config-map-metadata.ts';
import type { Groups } from './candidate-groups.ts';
import type { ObservedDiscovery } from '../metrics/discovery-metrics.ts';
import { configMapProblem } from '../reasons.ts';
import type { ConfigMapProblem } from '../reasons.ts';
import { ownerOf } from './application-owner.ts';
import type { ConfigMapStatus } from './status.ts';
import { wantedOf } from './desired-state.ts';

/** What a ConfigMap says, and what the cluster says it should. */
export type Evaluation = Omit<ConfigMapStatus, 'outOfDateSince' | 'cause'>;

export interface FinderInputs {
  readonly caches: ServeCaches;
  readonly groups: Groups;
  /** What the platform grants a project; `null` where no policy is set, `'nothing'` where it has no rule for it. */
  readonly grantOf: (project: string) => ProjectPolicy | null | 'nothing';
  readonly prober: Prober;
  /** When time alone may change the answer, in milliseconds from now. */
  readonly onDue: (configMap: string, ms: number) => void;
  /** Told of each discovery; `null` for one that failed. */
  readonly onDiscovery?:
    ((configMap: string, discovery: ObservedDiscovery | null, seconds: number) => void) | undefined;
}

/** What the caches say about one ConfigMap; `undefined` where there is none. */
export async function evaluateConfigMap(key: string, inputs: FinderInputs): Promise<Evaluation | undefined> {
  const startedAt = performance.now();
  const configMap = inputs.caches.configMaps.get(key);
  if (!configMap) {
    inputs.groups.leave(key);
    return undefined;
  }
  const notify = (discovery: ObservedDiscovery | null): void => {
    inputs.onDiscovery?.(key, discovery, (performance.now() - startedAt) / 1000);
  };
  try {
    const { discovery, ...found } = await evaluate(key, configMap, inputs);
    notify(discovery);
    return found;
  } catch (error) {
    notify(null);
    throw error;
  }
}

async function evaluate(
  key: string,
  configMap: ManagedConfigMap,
  inputs: FinderInputs,
): Promise<Evaluation & { readonly discovery: ObservedDiscovery | null }> {
  const { namespace, name } = configMap;
  const contract = contractOf(configMap);
  const owner = ownerOf(configMap, inputs.caches.applications.values());
  const application = 'application' in owner ? owner.application : null;
  const digest = 'problem' in contract ? '' : contract.digest;
  const found = { namespace, name, application: application && keyOf(application), digest };

  const reason = 'problem' in contract ? contract : owner;
  const desired =
    'problem' in reason ? reason : await wantedFor(key, contract as ConfigMapMetadata, reason.application, inputs);
  if ('digest' in desired) return { ...found, problem: null, desired: desired.digest, discovery: desired };
  inputs.groups.leave(key);
  return { ...found, problem: desired.problem, desired: null, discovery: null };
}

const contracts = new WeakMap<ManagedConfigMap, ReturnType<typeof readConfigMapMetadata>>();

/** Read once for each state of the ConfigMap. */
export function contractOf(configMap: ManagedConfigMap): ReturnType<typeof readConfigMapMetadata> {
  const known = contracts.get(configMap) ?? readConfigMapMetadata(configMap);
  contracts.set(configMap, known);
  return known;
}

async function wantedFor(
  key: string,
  contract: ConfigMapMetadata,
  { project }: ApplicationView,
  { caches, groups, grantOf, prober, onDue }: FinderInputs,
): Promise<ObservedDiscovery | { readonly problem: ConfigMapProblem }> {
  const policy = grantOf(project);
  if (policy === 'nothing') return { problem: configMapProblem('ProjectNotInPolicy', JSON.stringify(project)) };
  const candidates = groups.join(key, contract, policy);
  const unseen = unseenBy(caches.scope, candidates.scope);
  if (unseen !== null) return { problem: configMapProblem('ScopeNotWatched', unseen) };
  const now = Date.now();
  const { dueAt, ...discovery } = await wantedOf(contract, candidates, caches, prober, now);
  if (dueAt !== null) onDue(key, dueAt - now);
  return { ...discovery, detectors: candidates.detectors };
}

/** What is not watched of that which has to be; `null` where all is. */
function unseenBy(watched: NamespaceScope, needed: NamespaceScope): string | null {
  if (watched === 'cluster') return null;
  if (needed === 'cluster') return 'the whole cluster';
  return needed.find((namespace) => !watched.includes(namespace)) ?? null;
}

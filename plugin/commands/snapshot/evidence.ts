import { detectors } from '../../../detectors/index.ts';
import type { FieldValues, ServiceView } from '../../../detectors/types.ts';
import { objectOf, podObjectOf } from '../../cluster/evidence-projections.ts';
import { changeTime, serviceName } from '../../cluster/slice-projections.ts';
import type {
  Answer,
  Cluster,
  ConfigMapName,
  EndpointsView,
  LiveConfigMap,
  NamespaceView,
  PodRef,
  PodView,
  ResourceRef,
} from '../../cluster/types.ts';
import { consumerOf, credentialPolicyOf, limitToSettings } from '../../consumers/index.ts';
import { serviceEvaluator, suspectsIn } from '../../discovery/survey/evaluate-service.ts';
import type { EvidenceAnswer, EvidenceQuestion } from '../../discovery/evidence/question.ts';
import { podKeysOfAll, questionOf } from '../../discovery/evidence/question.ts';
import { clusterEvidence } from '../../discovery/evidence/reader.ts';
import { readMemory } from '../../discovery/selection/previous-sources.ts';
import { filtersOf } from '../../discovery/scope-and-filters.ts';
import { toExamine } from '../../discovery/selection/select-backends.ts';
import { keyOf } from '../../lib/object-key.ts';
import type { ToolsetConfig } from '../../settings/schema/index.ts';

export interface RecordedCluster {
  readonly spec: ToolsetConfig['spec'];
  readonly services: readonly ServiceView[];
  readonly namespaces: readonly NamespaceView[];
  readonly endpoints: ReadonlyMap<string, EndpointsView>;
  readonly live: LiveConfigMap | null;
  readonly cluster: Cluster;
}

/**
 * The custom resources and Pods that discovery reads with these settings and no memory of them, each reduced to the
 * fields that are read. What may not be read is not recorded.
 */
export async function evidenceObjects(recorded: RecordedCluster): Promise<object[]> {
  const { spec, cluster } = recorded;
  if (spec.discovery.evidence === 'off') return [];
  const read = clusterEvidence(cluster);
  const found = await Promise.all(
    questionsOf(recorded).map(async (question) => objectsIn(question, await read(question))),
  );
  return [...new Map(found.flat()).values()];
}

function questionsOf({ spec, services, namespaces, endpoints, live }: RecordedCluster): EvidenceQuestion[] {
  const consumer = limitToSettings(consumerOf(spec.target), spec);
  const { isTrusted } = credentialPolicyOf(spec, null);
  const evaluations = services.map(serviceEvaluator(spec, detectors, filtersOf(spec, namespaces, isTrusted), consumer));
  const candidates = evaluations.flatMap(({ candidate }) => candidate ?? []);
  const { ranked, open } = toExamine(candidates, suspectsIn(evaluations), { memory: readMemory(live), isTrusted });
  const keys = podKeysOfAll(detectors);
  return [...ranked, ...open.map(({ candidate }) => candidate)].flatMap((one) => {
    const question = questionOf(one, endpoints.get(keyOf(one.service)));
    return question ? { ...question, keys } : [];
  });
}

type Entry = readonly [key: string, object: object];

function objectsIn({ resource, pod }: EvidenceQuestion, answer: EvidenceAnswer): Entry[] {
  const own =
    resource && answer.resource && 'value' in answer.resource ? resourceEntry(resource, answer.resource.value) : null;
  const other = pod && answer.pod ? podEntry(pod, answer.pod) : null;
  return [own, other].filter((entry) => entry !== null);
}

function resourceEntry({ type, namespace, name }: ResourceRef, values: FieldValues): Entry {
  const apiVersion = `${type.group}/${type.versions[0] ?? ''}`;
  const object = { apiVersion, kind: type.kind, metadata: { namespace, name }, ...objectOf(values, type) };
  return [`${type.kind} ${namespace}/${name}`, object];
}

/**
 * With the labels by which its Service selects it, the only way to find it again if no EndpointSlice names it; a Pod
 * that is missing, or another's, is recorded by name.
 */
function podEntry({ namespace, name: knownName, selector }: PodRef, answer: Answer<PodView>): Entry | null {
  const name = knownName ?? 'unnamed';
  const key = `Pod ${namespace}/${name}`;
  const type = { apiVersion: 'v1', kind: 'Pod' };
  if ('value' in answer) {
    const metadata = { namespace, name, labels: selector };
    return [`${key} ${JSON.stringify(selector)}`, { ...type, metadata, spec: podObjectOf(answer.value) }];
  }
  const isSettled = answer.unread === 'NotFound' || answer.unread === 'NotItsOwn';
  return isSettled ? [key, { ...type, metadata: { namespace, name } }] : null;
}

/**
 * One slice per Service: counts, ports and the time of the last change, without the pods' addresses; its pod is the one
 * that evidence is read from.
 */
export function sliceObject({ namespace, name }: ConfigMapName, endpoints: EndpointsView): object {
  const { ready, notReady, changedAt, ports, pod } = endpoints;
  const annotations = changedAt === null ? {} : { annotations: { [changeTime]: new Date(changedAt).toISOString() } };
  const target = pod === null ? {} : { targetRef: { kind: 'Pod', namespace, name: pod } };
  const endpoint = (isReady: boolean): object => ({ conditions: { ready: isReady }, ...target });
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { namespace, name, labels: { [serviceName]: name }, ...annotations },
    endpoints: [
      ...Array.from({ length: ready }, () => endpoint(true)),
      ...Array.from({ length: notReady }, () => endpoint(false)),
    ],
    ...(ports === null ? {} : { ports: Array.from(ports, ([portName, port]) => ({ name: portName, port })) }),
  };
}

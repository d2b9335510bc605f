import { detectors } from '../../../detectors/index.ts';
import type { FieldValues, ServiceView } from '../../../detectors/types.ts';
import { objectOf, podObjectOf } from '../../cluster/evidence-projections.ts';
import type { Cluster, EndpointsView, NamespaceView, PodRef, PodView, ResourceRef } from '../../cluster/types.ts';
import { consumerOf, credentialPolicyOf, limitToSettings } from '../../consumers/index.ts';
import { serviceEvaluator } from '../../discovery/evaluate-service.ts';
import type { EvidenceAnswer, EvidenceQuestion } from '../../discovery/evidence/question.ts';
import { questionOf } from '../../discovery/evidence/question.ts';
import { clusterEvidence } from '../../discovery/evidence/reader.ts';
import { filtersOf } from '../../discovery/scope-and-filters.ts';
import { keyOf } from '../../lib/object-key.ts';
import type { ToolsetConfig } from '../../settings/schema/index.ts';

export interface RecordedCluster {
  readonly spec: ToolsetConfig['spec'];
  readonly services: readonly ServiceView[];
  readonly namespaces: readonly NamespaceView[];
  readonly endpoints: ReadonlyMap<string, EndpointsView>;
  readonly cluster: Cluster;
}

/**
 * The custom resources and Pods that evidence is read of under these settings, each with the fields that are read and
 * nothing else of it. What may not be read, or is not there, is not recorded.
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

function questionsOf({ spec, services, namespaces, endpoints }: RecordedCluster): EvidenceQuestion[] {
  const consumer = limitToSettings(consumerOf(spec.target), spec);
  const { isTrusted } = credentialPolicyOf(spec, null);
  const evaluate = serviceEvaluator(spec, detectors, filtersOf(spec, namespaces, isTrusted), consumer);
  return services.flatMap((service) => {
    const { candidate, suspect } = evaluate(service);
    const one = candidate ?? suspect;
    return (one && questionOf(one, endpoints.get(keyOf(service)))) ?? [];
  });
}

type Entry = readonly [key: string, object: object];

function objectsIn({ resource, pod }: EvidenceQuestion, answer: EvidenceAnswer): Entry[] {
  const own =
    resource && answer.resource && 'value' in answer.resource ? resourceEntry(resource, answer.resource.value) : null;
  const other = pod?.name && answer.pod && 'value' in answer.pod ? podEntry(pod, answer.pod.value) : null;
  return [own, other].filter((entry) => entry !== null);
}

function resourceEntry({ type, namespace, name }: ResourceRef, values: FieldValues): Entry {
  const apiVersion = `${type.group}/${type.versions[0] ?? ''}`;
  const object = { apiVersion, kind: type.kind, metadata: { namespace, name }, ...objectOf(values, type) };
  return [`${type.kind} ${namespace}/${name}`, object];
}

/** With the labels by which its Service selects it. */
function podEntry({ namespace, name, selector }: PodRef, view: PodView): Entry {
  const metadata = { namespace, name, labels: selector };
  return [
    `Pod ${namespace}/${String(name)} ${JSON.stringify(selector)}`,
    { apiVersion: 'v1', kind: 'Pod', metadata, spec: podObjectOf(view) },
  ];
}

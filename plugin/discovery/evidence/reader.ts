import { FairSlots } from '../../cluster/fair-slots.ts';
import type { Answer, Cluster, Unread } from '../../cluster/types.ts';
import type { EvidenceAnswer, EvidenceQuestion } from './question.ts';

export type EvidenceCluster = Pick<Cluster, 'customResource' | 'pod'>;

/** Questions that are asked at once. */
const maxConcurrent = 16;
/** Of one run: those beyond are asked in the next one, and are as if nothing could be read. */
const maxQuestions = 500;
/** After so many objects of one kind in one namespace that could not be read, no more of them are asked for. */
const maxFailures = 3;

/** The custom resource where there is one, and a Pod where that could not be read. */
export async function answerTo(
  { resource, pod, keys }: EvidenceQuestion,
  cluster: EvidenceCluster,
): Promise<EvidenceAnswer> {
  const own = resource ? await cluster.customResource(resource) : undefined;
  if (own && 'value' in own) return { resource: own };
  const other = pod ? await cluster.pod(pod, keys) : undefined;
  return { ...(own ? { resource: own } : {}), ...(other ? { pod: other } : {}) };
}

/** Whether something could not be read, and may be readable later. */
export function isOpen({ resource, pod }: EvidenceAnswer): boolean {
  return [resource, pod].some((answer) => answer !== undefined && isFailed(answer));
}

const failures: ReadonlySet<Unread> = new Set(['Forbidden', 'NotRecorded', 'Unavailable']);

function isFailed(answer: Answer<unknown>): boolean {
  return 'unread' in answer && failures.has(answer.unread);
}

/** Reads evidence for one run: the namespaces take turns, and what fails again and again is not asked for any more. */
export function clusterEvidence(cluster: EvidenceCluster): (question: EvidenceQuestion) => Promise<EvidenceAnswer> {
  const slots = new FairSlots(maxConcurrent);
  const reading = untilFailed(cluster);
  let questions = 0;
  return async (question) => {
    questions += 1;
    if (questions > maxQuestions) return { pod: { unread: 'Unavailable' } };
    await slots.acquire(question.namespace);
    try {
      return await answerTo(question, reading);
    } finally {
      slots.release();
    }
  };
}

/**
 * The same cluster, which is not asked again for what it does not give: a kind that it does not serve, or that may not be
 * read, or could not be read several times in one namespace. Another namespace's objects are asked for all the same.
 */
function untilFailed(cluster: EvidenceCluster): EvidenceCluster {
  const failures = new Map<string, { count: number; readonly last: Answer<never> }>();
  const limited = async <T>(kind: string, namespace: string, get: () => Promise<Answer<T>>): Promise<Answer<T>> => {
    const inNamespace = `${kind} ${namespace}`;
    const known = failures.get(kind) ?? failures.get(inNamespace);
    if (known && known.count >= maxFailures) return known.last;
    const answer = await get();
    if (!('unread' in answer)) return answer;
    const { unread } = answer;
    if (unread === 'NotServed') failures.set(kind, { count: maxFailures, last: answer });
    else if (unread === 'Forbidden') failures.set(inNamespace, { count: maxFailures, last: answer });
    else if (unread === 'Unavailable') {
      failures.set(inNamespace, { count: (failures.get(inNamespace)?.count ?? 0) + 1, last: answer });
    }
    return answer;
  };
  return {
    customResource: (ref) =>
      limited(`${ref.type.kind}.${ref.type.group}`, ref.namespace, () => cluster.customResource(ref)),
    pod: (ref, keys) => limited('Pod', ref.namespace, () => cluster.pod(ref, keys)),
  };
}

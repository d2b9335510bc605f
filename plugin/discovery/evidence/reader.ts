import { FairSlots } from '../../cluster/fair-slots.ts';
import type { Answer, Cluster, Unread } from '../../cluster/types.ts';
import type { EvidenceAnswer, EvidenceQuestion } from './question.ts';

export type EvidenceCluster = Pick<Cluster, 'customResource' | 'pod'>;

/** Questions that are asked at once. */
const maxConcurrent = 16;
/** Of one run: those beyond are asked in the next one, and are as if nothing could be read. */
const maxQuestions = 500;
/** After so many objects of one kind that could not be read, and none that could, no more of them are asked for. */
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
  const failed = new Map<string, { count: number; last: Answer<never> }>();
  let questions = 0;
  const limited = async <T>(kind: string, get: () => Promise<Answer<T>>): Promise<Answer<T>> => {
    const { count, last } = failed.get(kind) ?? { count: 0, last: { unread: 'Unavailable' } as const };
    if (count >= maxFailures) return last;
    const answer = await get();
    if ('unread' in answer && isFailed(answer)) failed.set(kind, { count: count + 1, last: answer });
    else failed.set(kind, { count: -Infinity, last });
    return answer;
  };
  const reading: EvidenceCluster = {
    customResource: (ref) => limited(ref.type.kind, () => cluster.customResource(ref)),
    pod: (ref, keys) => limited('Pod', () => cluster.pod(ref, keys)),
  };
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

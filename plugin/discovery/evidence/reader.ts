import { FairSlots } from '../../cluster/fair-slots.ts';
import type { Answer, Cluster, Unread } from '../../cluster/types.ts';
import type { EvidenceAnswer, EvidenceQuestion } from './question.ts';

export type EvidenceCluster = Pick<Cluster, 'customResource' | 'pod'>;

/** Maximum number of concurrent reads. */
const maxConcurrent = 16;
/** Maximum number of reads per run. The others wait for the next run and count as unreadable in this one. */
const maxQuestions = 500;
/** After this many failed reads of one kind in one namespace, no more are attempted. */
const maxFailures = 3;

/** Reads the custom resource; where there is none or it cannot be read, a Pod. */
export async function answerTo(
  { resource, pod, keys }: EvidenceQuestion,
  cluster: EvidenceCluster,
): Promise<EvidenceAnswer> {
  const own = resource ? await cluster.customResource(resource) : undefined;
  if (own && 'value' in own) return { resource: own };
  const other = pod ? await cluster.pod(pod, keys) : undefined;
  return { ...(own ? { resource: own } : {}), ...(other ? { pod: other } : {}) };
}

/** Whether something could not be read but may become readable later. */
export function isRetryable({ resource, pod }: EvidenceAnswer): boolean {
  return [resource, pod].some((answer) => answer !== undefined && isFailed(answer));
}

export function isTooLarge({ resource, pod }: EvidenceAnswer): boolean {
  return [resource, pod].some((answer) => answer !== undefined && 'unread' in answer && answer.unread === 'TooLarge');
}

const failures: ReadonlySet<Unread> = new Set(['Forbidden', 'NotRecorded', 'Unavailable']);

function isFailed(answer: Answer<unknown>): boolean {
  return 'unread' in answer && failures.has(answer.unread);
}

/** Reads evidence for one run. Namespaces take turns, and reads that fail repeatedly are no longer attempted. */
export function clusterEvidence(cluster: EvidenceCluster): (question: EvidenceQuestion) => Promise<EvidenceAnswer> {
  const slots = new FairSlots(maxConcurrent);
  const reading = skippingFailed(cluster, null);
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

/** For how long failed reads are not repeated. */
export interface FailureMemory {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly forgottenMs: number;
}

/**
 * The cluster without reads that are known to fail: of a kind that is not served or may not be read, or that failed
 * several times in one namespace. The last affects only that namespace.
 */
export function skippingFailed(cluster: EvidenceCluster, forgetting: FailureMemory | null): EvidenceCluster {
  const failures = new Failures(forgetting);
  const limited = async <T>(kind: string, namespace: string, get: () => Promise<Answer<T>>): Promise<Answer<T>> => {
    const known = failures.known(kind, namespace);
    if (known) return known;
    const answer = await get();
    if ('unread' in answer) failures.note(kind, namespace, answer.unread);
    return answer;
  };
  return {
    customResource: (ref) =>
      limited(`${ref.type.kind}.${ref.type.group}`, ref.namespace, () => cluster.customResource(ref)),
    pod: (ref, keys) => limited('Pod', ref.namespace, () => cluster.pod(ref, keys)),
  };
}

interface Failure {
  readonly unread: Unread;
  readonly count: number;
  readonly at: number;
}

/** Failed reads by kind, or by kind and namespace. */
class Failures {
  readonly #forgetting: FailureMemory | null;
  readonly #failures = new Map<string, Failure>();

  constructor(forgetting: FailureMemory | null) {
    this.#forgetting = forgetting;
  }

  /** The answer to give without a read; `null` where a read is due. */
  known(kind: string, namespace: string): Answer<never> | null {
    const known = this.#recent(kind) ?? this.#recent(keyIn(kind, namespace));
    return known && known.count >= maxFailures ? { unread: known.unread } : null;
  }

  note(kind: string, namespace: string, unread: Unread): void {
    if (unread === 'NotServed') this.#set(kind, unread, maxFailures);
    else if (unread === 'Forbidden') this.#set(keyIn(kind, namespace), unread, maxFailures);
    else if (unread === 'Unavailable') {
      const key = keyIn(kind, namespace);
      this.#set(key, unread, (this.#recent(key)?.count ?? 0) + 1);
    }
  }

  #set(key: string, unread: Unread, count: number): void {
    this.#failures.set(key, { unread, count, at: this.#forgetting?.now() ?? 0 });
  }

  #recent(key: string): Failure | undefined {
    const failure = this.#failures.get(key);
    const isForgotten =
      failure && this.#forgetting && this.#forgetting.now() - failure.at >= this.#forgetting.forgottenMs;
    if (!isForgotten) return failure;
    this.#failures.delete(key);
    return undefined;
  }
}

function keyIn(kind: string, namespace: string): string {
  return `${kind} ${namespace}`;
}

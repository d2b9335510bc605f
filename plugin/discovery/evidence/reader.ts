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

export function isTooLarge({ resource, pod }: EvidenceAnswer): boolean {
  return [resource, pod].some((answer) => answer !== undefined && 'unread' in answer && answer.unread === 'TooLarge');
}

const failures: ReadonlySet<Unread> = new Set(['Forbidden', 'NotRecorded', 'Unavailable']);

function isFailed(answer: Answer<unknown>): boolean {
  return 'unread' in answer && failures.has(answer.unread);
}

/** Reads evidence for one run: the namespaces take turns, and what fails again and again is not asked for any more. */
export function clusterEvidence(cluster: EvidenceCluster): (question: EvidenceQuestion) => Promise<EvidenceAnswer> {
  const slots = new FairSlots(maxConcurrent);
  const reading = untilFailed(cluster, null);
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

/** How long a cluster is not asked again for what it did not give. */
export interface Forgetting {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly forgottenMs: number;
}

/**
 * The same cluster, which is not asked again for what it does not give: a kind that it does not serve, or that may not be
 * read, or could not be read several times in one namespace. Another namespace's objects are asked for all the same.
 */
export function untilFailed(cluster: EvidenceCluster, forgetting: Forgetting | null): EvidenceCluster {
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

/** What a cluster did not give, by kind, or by kind and namespace. */
class Failures {
  readonly #forgetting: Forgetting | null;
  readonly #failures = new Map<string, Failure>();

  constructor(forgetting: Forgetting | null) {
    this.#forgetting = forgetting;
  }

  /** What is answered without asking; `null` where it is asked for. */
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

import { FairSlots } from '../../../cluster/fair-slots.ts';
import type { Clock } from '../../../lib/clock.ts';
import { systemClock } from '../../../lib/clock.ts';
import { keyOf } from '../../../lib/object-key.ts';
import { backoffMs } from '../../../lib/duration.ts';
import type { EvidenceAnswer, EvidenceQuestion } from '../../../discovery/evidence/question.ts';
import type { EvidenceCluster } from '../../../discovery/evidence/reader.ts';
import { answerTo, isRetryable, skippingFailed } from '../../../discovery/evidence/reader.ts';
import { tokenBucket } from '../../timing/token-bucket.ts';
import type { TokenBucket } from '../../timing/token-bucket.ts';
import { BackgroundAnswers } from './background-answers.ts';
import type { AnswerSession, BackgroundOptions } from './background-answers.ts';

/** Questions asked at once. */
const maxConcurrent = 16;
/** Back-off for what cannot be read, or not yet. */
const backoff = { baseMs: 2_000, maxMs: 5 * 60_000 };
/**
 * Per namespace: as many as it may have candidates, then one a second. Its endpoints can change constantly, and each
 * change is a new question.
 */
const namespaceRate = { burst: 100, perSecond: 1 };
/** Namespaces with a tracked rate: beyond this, all are reset. */
const maxBuckets = 10_000;
/** After this time, questions of a namespace that failed several times are asked again. */
const failuresForgottenMs = 30_000;

/**
 * Reads, in the background, the custom resources and Pods of backends that are new or whose endpoints changed. An
 * answer is final: after another change of the endpoints, it is a new question.
 */
export class EvidenceScheduler {
  readonly #answers: BackgroundAnswers<EvidenceQuestion, EvidenceAnswer | 'pending'>;
  readonly #cluster: EvidenceCluster;
  readonly #signal: AbortSignal;
  readonly #clock: Clock;
  readonly #slots = new FairSlots(maxConcurrent);
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(cluster: EvidenceCluster, options: BackgroundOptions) {
    const { signal, clock = systemClock } = options;
    this.#cluster = skippingFailed(cluster, { now: clock.now, forgottenMs: failuresForgottenMs });
    this.#signal = signal;
    this.#clock = clock;
    const isFailure = (answer: EvidenceAnswer | 'pending'): boolean => answer === 'pending' || isRetryable(answer);
    this.#answers = new BackgroundAnswers<EvidenceQuestion, EvidenceAnswer | 'pending'>(
      {
        ask: (question, isWanted) => this.#ask(question, isWanted),
        idOf,
        pending: 'pending',
        outcomeOf: (answer) => JSON.stringify(answer),
        isFailure,
        pauseMs: (answer, failures) => (isFailure(answer) ? backoffMs(failures, backoff) : null),
      },
      options,
    );
  }

  /** Called before an evaluation of the ConfigMap. */
  begin(configMap: string): AnswerSession<EvidenceQuestion, EvidenceAnswer | 'pending'> {
    return this.#answers.begin(configMap);
  }

  /** The last known answer; schedules nothing. */
  known(question: EvidenceQuestion): EvidenceAnswer | 'pending' {
    return this.#answers.known(question);
  }

  /** `pending` if it is no longer wanted when its turn comes. */
  async #ask(question: EvidenceQuestion, isWanted: () => boolean): Promise<EvidenceAnswer | 'pending'> {
    const { namespace } = question;
    if (!(await this.#turnOf(namespace, isWanted))) return 'pending';
    await this.#slots.acquire(namespace);
    try {
      return isWanted() ? await answerTo(question, this.#cluster) : 'pending';
    } finally {
      this.#slots.release();
    }
  }

  async #turnOf(namespace: string, isWanted: () => boolean): Promise<boolean> {
    const bucket = this.#bucketOf(namespace);
    while (isWanted() && !this.#signal.aborted) {
      const now = this.#clock.now();
      const at = bucket.nextAt(now);
      if (at <= now) {
        bucket.consume(now);
        return true;
      }
      await this.#clock.sleep(at - now, this.#signal);
    }
    return false;
  }

  #bucketOf(namespace: string): TokenBucket {
    const known = this.#buckets.get(namespace);
    if (known) return known;
    if (this.#buckets.size >= maxBuckets) this.#buckets.clear();
    const bucket = tokenBucket(namespaceRate);
    this.#buckets.set(namespace, bucket);
    return bucket;
  }
}

function idOf({ detector, resource, pod, changedAt }: EvidenceQuestion): string {
  const object = resource && [resource.type.kind, resource.type.group, keyOf(resource), resource.uid];
  return JSON.stringify([detector, object, pod, changedAt]);
}

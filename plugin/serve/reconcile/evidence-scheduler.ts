import { FairSlots } from '../../cluster/fair-slots.ts';
import { keyOf } from '../../lib/object-key.ts';
import { backoffMs } from '../../lib/duration.ts';
import type { EvidenceAnswer, EvidenceQuestion, EvidenceReader } from '../../discovery/evidence/question.ts';
import type { EvidenceCluster } from '../../discovery/evidence/reader.ts';
import { answerTo, isOpen } from '../../discovery/evidence/reader.ts';
import { BackgroundAnswers } from './background-answers.ts';
import type { BackgroundOptions } from './background-answers.ts';

/** Questions that are asked at once. */
const maxConcurrent = 16;
/** Between attempts at what cannot be read, or may not be yet. */
const backoff = { baseMs: 2_000, maxMs: 5 * 60_000 };

/** The evidence that one evaluation of a ConfigMap uses. */
export interface EvidenceSession {
  readonly evidence: EvidenceReader;
  /** Releases the questions that this evaluation did not ask. */
  readonly end: () => void;
}

/**
 * Reads in the background the custom resources and Pods of backends that are new or whose endpoints changed. An answer
 * stays: after another change of the endpoints it is another question.
 */
export class EvidenceScheduler {
  readonly #answers: BackgroundAnswers<EvidenceQuestion, EvidenceAnswer | 'pending'>;

  constructor(cluster: EvidenceCluster, options: BackgroundOptions) {
    const slots = new FairSlots(maxConcurrent);
    const ask = async (question: EvidenceQuestion): Promise<EvidenceAnswer> => {
      await slots.acquire(question.namespace);
      try {
        return await answerTo(question, cluster);
      } finally {
        slots.release();
      }
    };
    const isFailure = (answer: EvidenceAnswer | 'pending'): boolean => answer === 'pending' || isOpen(answer);
    const policy = {
      ask,
      idOf,
      pending: 'pending' as const,
      outcomeOf: (answer: EvidenceAnswer | 'pending') => JSON.stringify(answer),
      isFailure,
      pauseMs: (answer: EvidenceAnswer | 'pending', failures: number) =>
        isFailure(answer) ? backoffMs(failures, backoff) : null,
    };
    this.#answers = new BackgroundAnswers<EvidenceQuestion, EvidenceAnswer | 'pending'>(policy, options);
  }

  /** Called before an evaluation of the ConfigMap. */
  begin(configMap: string): EvidenceSession {
    const { ask, end } = this.#answers.begin(configMap);
    return { evidence: ask, end };
  }

  /** The last known answer; schedules nothing. */
  known(question: EvidenceQuestion): EvidenceAnswer | 'pending' {
    return this.#answers.known(question);
  }
}

function idOf({ detector, resource, pod, changedAt }: EvidenceQuestion): string {
  const object = resource && [resource.type.kind, resource.type.group, keyOf(resource), resource.uid];
  return JSON.stringify([detector, object, pod, changedAt]);
}

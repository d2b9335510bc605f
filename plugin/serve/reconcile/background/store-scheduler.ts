import type { StoreAnswer, StoreQuestion } from '../../../cluster/stores/question.ts';
import { backoffMs } from '../../../lib/duration.ts';
import { BackgroundAnswers } from './background-answers.ts';
import type { AnswerSession, BackgroundOptions } from './background-answers.ts';

/** Pause before a store that answered is asked again, unless its answer is remembered by then. */
const answeredPauseMs = 24 * 60 * 60_000;
/** Back-off for a store without an answer: its data may be on the way, or a collector not installed yet. */
const backoff = { baseMs: 10_000, maxMs: 60 * 60_000 };

/** Asks, in the background, stores that are new, whose endpoints changed, or that were last asked a day ago. */
export class StoreScheduler {
  readonly #answers: BackgroundAnswers<StoreQuestion, StoreAnswer | 'pending'>;

  constructor(ask: (question: StoreQuestion) => Promise<StoreAnswer>, options: BackgroundOptions) {
    const isFailure = (answer: StoreAnswer | 'pending'): boolean => answer === 'pending' || 'noFacts' in answer;
    const policy = {
      ask,
      idOf,
      pending: 'pending' as const,
      outcomeOf,
      isFailure,
      pauseMs: (answer: StoreAnswer | 'pending', failures: number) =>
        isFailure(answer) ? backoffMs(failures, backoff) : answeredPauseMs,
    };
    this.#answers = new BackgroundAnswers<StoreQuestion, StoreAnswer | 'pending'>(policy, options);
  }

  /** Called before an evaluation of the ConfigMap. */
  begin(configMap: string): AnswerSession<StoreQuestion, StoreAnswer | 'pending'> {
    return this.#answers.begin(configMap);
  }

  /** The last known answer; schedules nothing. */
  known(question: StoreQuestion): StoreAnswer | 'pending' {
    return this.#answers.known(question);
  }
}

function idOf({ api: _api, ...question }: StoreQuestion): string {
  return JSON.stringify(question);
}

/** The whole answer in a fixed order: every part of it may affect the output. */
function outcomeOf(answer: StoreAnswer | 'pending'): string {
  if (answer === 'pending' || 'noFacts' in answer) return JSON.stringify(answer);
  const { names, clusters, indices, ...others } = answer.content;
  const namespaces = clusters && [...clusters].map(([cluster, all]) => [cluster, ...[...all].sort()]).sort();
  return JSON.stringify([others, [...names].sort(), namespaces, indices?.toSorted()]);
}

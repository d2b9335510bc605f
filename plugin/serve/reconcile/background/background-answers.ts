import { once } from 'node:events';
import type { Clock } from '../../../lib/clock.ts';
import { systemClock } from '../../../lib/clock.ts';

/** How to ask questions of one kind, and when to repeat them. */
export interface AnswerPolicy<Question, Answer> {
  /** `isWanted`: whether an evaluation still uses the answer. */
  readonly ask: (question: Question, isWanted: () => boolean) => Promise<Answer> | Answer;
  /** Equal for questions with the same answer. */
  readonly idOf: (question: Question) => string;
  /** Used until there is an answer. */
  readonly pending: Answer;
  /** The decisive part of an answer: a different reason alone is not a new answer. */
  readonly outcomeOf: (answer: Answer) => string;
  readonly isFailure: (answer: Answer) => boolean;
  /**
   * Milliseconds until the question is repeated, after this many consecutive failures; `null` if the answer is final.
   */
  readonly pauseMs: (answer: Answer, failures: number) => number | null;
}

interface ScheduledQuestion<Question, Answer> {
  readonly question: Question;
  answer: Answer;
  failures: number;
  /** Keys of the ConfigMaps whose evaluation uses the answer. */
  readonly dependents: Set<string>;
  /** Repeat the question at once. */
  isDue: boolean;
  /** Ends the pause before the question is repeated. */
  wake: () => void;
}

/** The answers used by one evaluation of a ConfigMap. */
export interface AnswerSession<Question, Answer> {
  /** Returns the last known answer at once; an evaluation never waits. */
  readonly ask: (question: Question) => Answer;
  /** Releases the questions that this evaluation did not ask. */
  readonly end: () => void;
}

export interface BackgroundOptions {
  /** Ends all questions. */
  readonly signal: AbortSignal;
  /** Called with the ConfigMaps whose answer has changed. */
  readonly onAnswer: (configMaps: readonly string[]) => void;
  /** A question threw, which no answer stands for: it counts as a failure, and is repeated. */
  readonly onBug: (error: unknown, configMap: string) => void;
  readonly clock?: Clock | undefined;
}

/**
 * Asks in the background, once for all ConfigMaps, the questions of evaluations; an evaluation gets the last known
 * answer.
 */
export class BackgroundAnswers<Question, Answer> {
  readonly #policy: AnswerPolicy<Question, Answer>;
  readonly #options: BackgroundOptions;
  readonly #clock: Clock;
  readonly #scheduled = new Map<string, ScheduledQuestion<Question, Answer>>();

  constructor(policy: AnswerPolicy<Question, Answer>, options: BackgroundOptions) {
    this.#policy = policy;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Called before an evaluation of the ConfigMap. */
  begin(configMap: string): AnswerSession<Question, Answer> {
    const used = new Set<ScheduledQuestion<Question, Answer>>();
    return {
      ask: (question) => {
        const scheduled = this.#schedule(question, configMap);
        used.add(scheduled);
        return scheduled.answer;
      },
      // Only after the evaluation: a question without dependents ends, and its answer would be lost.
      end: () => {
        for (const scheduled of this.#scheduled.values()) if (!used.has(scheduled)) this.#release(scheduled, configMap);
      },
    };
  }

  /** The last known answer; schedules nothing. */
  known(question: Question): Answer {
    return this.#scheduled.get(this.#policy.idOf(question))?.answer ?? this.#policy.pending;
  }

  /** Repeats the matching questions now. */
  askAgain(concerns: (question: Question) => boolean): void {
    for (const scheduled of this.#scheduled.values()) if (concerns(scheduled.question)) askNow(scheduled);
  }

  #release(scheduled: ScheduledQuestion<Question, Answer>, configMap: string): void {
    if (scheduled.dependents.delete(configMap) && scheduled.dependents.size === 0) scheduled.wake();
  }

  #schedule(question: Question, configMap: string): ScheduledQuestion<Question, Answer> {
    const id = this.#policy.idOf(question);
    const existing = this.#scheduled.get(id);
    if (existing) {
      existing.dependents.add(configMap);
      return existing;
    }
    const scheduled: ScheduledQuestion<Question, Answer> = {
      question,
      answer: this.#policy.pending,
      failures: 0,
      dependents: new Set([configMap]),
      isDue: false,
      wake: noop,
    };
    this.#scheduled.set(id, scheduled);
    void this.#repeat(id, scheduled);
    return scheduled;
  }

  async #repeat(id: string, scheduled: ScheduledQuestion<Question, Answer>): Promise<void> {
    const { isFailure, outcomeOf, pauseMs } = this.#policy;
    const { signal, onAnswer } = this.#options;
    const isWanted = (): boolean => scheduled.dependents.size > 0;
    while (!signal.aborted && isWanted()) {
      scheduled.isDue = false;
      const answer = await this.#ask(scheduled, isWanted);
      const isNew = outcomeOf(answer) !== outcomeOf(scheduled.answer);
      scheduled.answer = answer;
      scheduled.failures = isFailure(answer) ? scheduled.failures + 1 : 0;
      // Released in the meantime: a pause would not end, or only after a day, and the map would grow.
      if (!isWanted()) break;
      if (isNew) onAnswer([...scheduled.dependents]);
      await this.#pause(scheduled, pauseMs(answer, scheduled.failures));
    }
    if (this.#scheduled.get(id) === scheduled) this.#scheduled.delete(id);
  }

  async #ask({ question, dependents }: ScheduledQuestion<Question, Answer>, isWanted: () => boolean): Promise<Answer> {
    const [configMap = ''] = dependents;
    try {
      return await this.#policy.ask(question, isWanted);
    } catch (error) {
      this.#options.onBug(error, configMap);
      return this.#policy.pending;
    }
  }

  async #pause(scheduled: ScheduledQuestion<Question, Answer>, ms: number | null): Promise<void> {
    if (scheduled.isDue) return;
    const woken = new AbortController();
    scheduled.wake = () => {
      woken.abort();
    };
    const ended = AbortSignal.any([this.#options.signal, woken.signal]);
    if (ms !== null) await this.#clock.sleep(ms, ended);
    else if (!ended.aborted) await once(ended, 'abort');
  }
}

function askNow(scheduled: Pick<ScheduledQuestion<unknown, unknown>, 'failures' | 'isDue' | 'wake'>): void {
  scheduled.failures = 0;
  scheduled.isDue = true;
  scheduled.wake();
}

function noop(): void {
  // No pause to end.
}

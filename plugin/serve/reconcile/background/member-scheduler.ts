import { systemClock } from '../../../lib/clock.ts';
import { backoffMs } from '../../../lib/duration.ts';
import { isPluginError } from '../../../lib/errors.ts';
import type { ProjectPolicy } from '../../../settings/policy.ts';
import type { ReadMembers } from '../../clusters/read-members.ts';
import type { ConfigMapMetadata } from '../config-map-metadata.ts';
import { BackgroundAnswers } from './background-answers.ts';
import type { BackgroundOptions } from './background-answers.ts';

/** A ConfigMap of several clusters, under settings and a policy that it has now. */
export interface MembersQuestion {
  /** `namespace/name`. */
  readonly configMap: string;
  readonly settingsId: string;
  readonly project: string;
  readonly policy: ProjectPolicy | null;
}

/** The names of its clusters, and when they were looked up in monotonic milliseconds, or why they are not known. */
export type MembersAnswer =
  { readonly names: readonly string[]; readonly at: number } | { readonly error: string } | 'pending';

export interface MembersOptions {
  readonly read: ReadMembers;
  /** Between two times that its clusters are looked up: a glob may match others. */
  readonly intervalMs: number;
  /** Called with the clusters of a ConfigMap in each evaluation: none where it is gone, or is not made of several. */
  readonly follow: (configMap: string, names: readonly string[]) => void;
}

interface SchedulerOptions extends MembersOptions, BackgroundOptions {
  /** What the ConfigMap remembers now; `null` where it is gone or its annotations are invalid. */
  readonly metadataOf: (configMap: string) => ConfigMapMetadata | null;
}

/** The answers that one evaluation uses. */
export interface MembersSession {
  /** By the time it returns, the clusters are followed. */
  readonly members: (question: MembersQuestion) => MembersAnswer;
  readonly end: () => void;
}

/** After a failure; the longest pause is the interval, or this where that is shorter. */
const failedMs = 5_000;
const maxPauseMs = 5 * 60_000;
/** While the hub does not answer, the last names count for this time. */
const keptMs = 10 * 60_000;

/** Looks the clusters of ConfigMaps up in the background, again and again. */
export class MemberScheduler {
  readonly #options: SchedulerOptions;
  readonly #answers: BackgroundAnswers<MembersQuestion, MembersAnswer>;

  constructor(options: SchedulerOptions) {
    const { intervalMs } = options;
    const isFailure = (answer: MembersAnswer): boolean => answer === 'pending' || 'error' in answer;
    const policy = {
      ask: (question: MembersQuestion) => this.#ask(question),
      idOf: (question: MembersQuestion) => JSON.stringify(question),
      pending: 'pending' as const,
      outcomeOf,
      isFailure,
      pauseMs: (answer: MembersAnswer, failures: number) =>
        isFailure(answer) ? backoffMs(failures, { baseMs: failedMs, maxMs: maxPauseMs }) : intervalMs,
    };
    this.#options = options;
    this.#answers = new BackgroundAnswers<MembersQuestion, MembersAnswer>(policy, options);
  }

  /** Called before an evaluation of the ConfigMap. */
  begin(configMap: string): MembersSession {
    const { follow } = this.#options;
    const session = this.#answers.begin(configMap);
    let isAsked = false;
    return {
      members: (question) => {
        isAsked = true;
        const answer = session.ask(question);
        // Until they are known, those that were known under other settings stay open.
        if (answer !== 'pending') follow(configMap, 'names' in answer ? answer.names : []);
        return answer;
      },
      end: () => {
        if (!isAsked) follow(configMap, []);
        session.end();
      },
    };
  }

  async #ask(question: MembersQuestion): Promise<MembersAnswer> {
    const { read, metadataOf, clock = systemClock } = this.#options;
    const metadata = metadataOf(question.configMap);
    if (!metadata) return 'pending';
    const { project, policy } = question;
    try {
      return { names: await read({ spec: metadata.spec, project, policy }), at: clock.now() };
    } catch (error) {
      const known = this.#answers.known(question);
      const isAway = isPluginError(error) && error.request !== null;
      if (isAway && known !== 'pending' && 'names' in known && clock.now() - known.at < keptMs) return known;
      return { error: isPluginError(error) ? `${error.message}; ${error.hint}` : `a bug: ${String(error)}` };
    }
  }
}

function outcomeOf(answer: MembersAnswer): string {
  if (answer === 'pending') return answer;
  return 'error' in answer ? answer.error : JSON.stringify(answer.names);
}

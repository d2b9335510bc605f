import { systemClock } from '../../../lib/clock.ts';
import { backoffMs } from '../../../lib/duration.ts';
import { isPluginError } from '../../../lib/errors.ts';
import type { ProjectPolicy } from '../../../settings/policy.ts';
import type { ReadMembers } from '../../clusters/read-members.ts';
import type { ConfigMapMetadata } from '../config-map-metadata.ts';
import { BackgroundAnswers } from './background-answers.ts';
import type { AnswerSession, BackgroundOptions } from './background-answers.ts';

/** A multi-cluster ConfigMap, with its current settings and policy. */
export interface MembersQuestion {
  /** `namespace/name`. */
  readonly configMap: string;
  readonly settingsId: string;
  readonly project: string;
  readonly policy: ProjectPolicy | null;
}

/** The names of its clusters and when they were looked up, in monotonic milliseconds; or why they are unknown. */
export type MembersAnswer =
  { readonly names: readonly string[]; readonly at: number } | { readonly error: string } | 'pending';

export interface MembersOptions {
  readonly read: ReadMembers;
  /** Interval between look-ups of its clusters: a glob may match new ones. */
  readonly intervalMs: number;
  /** Called in each evaluation with the clusters of a ConfigMap: none if it is gone, or has a single cluster. */
  readonly follow: (configMap: string, names: readonly string[]) => void;
}

export interface MemberSchedulerOptions extends MembersOptions, BackgroundOptions {
  /** The ConfigMap's current metadata; `null` if it is gone or its annotations are invalid. */
  readonly metadataOf: (configMap: string) => ConfigMapMetadata | null;
}

/** Pause after a failure; it doubles up to `maxPauseMs`. */
const failedMs = 5_000;
const maxPauseMs = 5 * 60_000;
/** How long the last names stay in use while the hub does not answer. */
const keptMs = 10 * 60_000;

/** Looks up the clusters of ConfigMaps in the background, repeatedly. */
export class MemberScheduler {
  readonly #options: MemberSchedulerOptions;
  readonly #answers: BackgroundAnswers<MembersQuestion, MembersAnswer>;

  constructor(options: MemberSchedulerOptions) {
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

  /**
   * Called before an evaluation of the ConfigMap. By the time a question is answered, `follow` has been called with the
   * clusters.
   */
  begin(configMap: string): AnswerSession<MembersQuestion, MembersAnswer> {
    const { follow } = this.#options;
    const session = this.#answers.begin(configMap);
    let hasAsked = false;
    return {
      ask: (question) => {
        hasAsked = true;
        const answer = session.ask(question);
        // Until they are known, the clusters of the previous settings stay open.
        if (answer !== 'pending') follow(configMap, 'names' in answer ? answer.names : []);
        return answer;
      },
      end: () => {
        if (!hasAsked) follow(configMap, []);
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
      const isUnreachable = isPluginError(error) && error.request !== null;
      if (isUnreachable && known !== 'pending' && 'names' in known && clock.now() - known.at < keptMs) return known;
      return { error: isPluginError(error) ? `${error.message}; ${error.hint}` : `a bug: ${String(error)}` };
    }
  }
}

function outcomeOf(answer: MembersAnswer): string {
  if (answer === 'pending') return answer;
  return 'error' in answer ? answer.error : JSON.stringify(answer.names);
}

import { backoffMs } from '../../../lib/duration.ts';
import { isPluginError } from '../../../lib/errors.ts';
import type { ProjectPolicy } from '../../../settings/policy.ts';
import type { FleetResult, ReadFleet } from '../../clusters/read-fleet.ts';
import type { ConfigMapMetadata } from '../config-map-metadata.ts';
import { BackgroundAnswers } from './background-answers.ts';
import type { BackgroundOptions } from './background-answers.ts';

/** A ConfigMap of several clusters, under settings and a policy that it has now. */
export interface FleetQuestion {
  /** `namespace/name`. */
  readonly configMap: string;
  readonly settingsId: string;
  readonly project: string;
  readonly policy: ProjectPolicy | null;
}

/** What it should say, or why that is not known. */
export type FleetAnswer = FleetResult | { readonly error: string } | 'pending';

export interface FleetOptions extends BackgroundOptions {
  readonly read: ReadFleet;
  /** What the ConfigMap remembers now; `null` where it is gone or its annotations are invalid. */
  readonly metadataOf: (configMap: string) => ConfigMapMetadata | null;
  /** Between two times that its clusters are listed. */
  readonly intervalMs: number;
}

/** The answers that one evaluation uses. */
export interface FleetSession {
  readonly fleet: (question: FleetQuestion) => FleetAnswer;
  readonly end: () => void;
}

const maxPauseMs = 5 * 60_000;

/** Lists the clusters of a ConfigMap in the background, again and again: a cluster that is slow holds up nothing else. */
export class FleetScheduler {
  readonly #answers: BackgroundAnswers<FleetQuestion, FleetAnswer>;

  constructor(options: FleetOptions) {
    const { intervalMs } = options;
    const isFailure = (answer: FleetAnswer): boolean => answer === 'pending' || 'error' in answer;
    const policy = {
      ask: (question: FleetQuestion) => ask(question, options),
      idOf: (question: FleetQuestion) => JSON.stringify(question),
      pending: 'pending' as const,
      outcomeOf,
      isFailure,
      pauseMs: (answer: FleetAnswer, failures: number) =>
        isFailure(answer)
          ? backoffMs(failures, { baseMs: intervalMs, maxMs: Math.max(intervalMs, maxPauseMs) })
          : intervalMs,
    };
    this.#answers = new BackgroundAnswers<FleetQuestion, FleetAnswer>(policy, options);
  }

  /** Called before an evaluation of the ConfigMap. */
  begin(configMap: string): FleetSession {
    const { ask: fleet, end } = this.#answers.begin(configMap);
    return { fleet, end };
  }
}

async function ask(
  { configMap, project, policy }: FleetQuestion,
  { read, metadataOf }: FleetOptions,
): Promise<FleetAnswer> {
  const metadata = metadataOf(configMap);
  if (!metadata) return 'pending';
  const { spec, written, live } = metadata;
  try {
    return await read({ spec, written, live, project, policy });
  } catch (error) {
    return { error: isPluginError(error) ? `${error.message}; ${error.hint}` : `a bug: ${String(error)}` };
  }
}

function outcomeOf(answer: FleetAnswer): string {
  if (answer === 'pending') return answer;
  if ('error' in answer) return answer.error;
  const warnings = answer.conclusion.warnings.map(({ code, message }) => `${code} ${message}`);
  return JSON.stringify([answer.digest, warnings]);
}

import { StoreProber } from '../../cluster/stores/store-prober.ts';
import { FairSlots } from '../../cluster/fair-slots.ts';
import type { ToolsetFile } from '../../consumers/consumer.ts';
import type { Discovery } from '../../discovery/discover.ts';
import type { ToolsetClaim } from '../../discovery/decision.ts';
import { urlOf } from '../../discovery/decision.ts';
import type { ToolsetConfig } from '../../settings/schema/index.ts';
import { askFirst } from './ask.ts';
import type { Outcome, OutcomeReason } from './outcomes.ts';
import { outcomeOf } from './outcomes.ts';
import type { RemedyInputs } from './remedy.ts';
import { explainAnswer } from './remedy.ts';
import type { Target } from './targets.ts';
import { namespacesFor, targetsOf } from './targets.ts';

/** Most backends that are asked. */
const maxBackends = 50;
const maxConcurrent = 16;
/** For all questions to one backend. */
const timeoutMs = 5_000;

export interface FirstQuestionInputs {
  readonly spec: ToolsetConfig['spec'];
  readonly discovery: Discovery;
  readonly final: ToolsetFile;
  readonly supportsMultiple: (claim: ToolsetClaim) => boolean;
  readonly isTrusted: (namespace: string) => boolean;
  /** The command that asks from within the cluster. */
  readonly fromWithin: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Ends all questions. */
  readonly signal: AbortSignal;
  /** Called before the first question and after each backend. */
  readonly onAnswer?: (answered: number, all: number) => void;
}

/** Result of the first question to one backend. */
export interface FirstAnswer {
  readonly namespace: string;
  readonly name: string;
  readonly toolset: string;
  /** Name of the instance in the printed file. */
  readonly instance: string;
  readonly url: string;
  readonly outcome: Outcome;
  readonly reason: OutcomeReason;
  /** One sentence. */
  readonly message: string;
  /** Lines of toolset.yaml that fix it, or a command. */
  readonly fix: readonly string[];
}

export interface FirstAnswers {
  readonly answers: readonly FirstAnswer[];
  /** Number of backends beyond the limit. */
  readonly notAsked: number;
}

/** Asks the backends what HolmesGPT's tools ask first, in the order of the printed file. */
export async function askFirstQuestions(inputs: FirstQuestionInputs): Promise<FirstAnswers> {
  const { spec, discovery, final, supportsMultiple, isTrusted, fromWithin, signal } = inputs;
  const { admitted, decisions } = discovery;
  const targets = targetsOf({ admitted, decisions, final, supportsMultiple });
  const remedy: RemedyInputs = {
    spec,
    namespaces: new Set(decisions.map(({ service }) => service.namespace)),
    prober: new StoreProber({ signal, timeoutMs }),
    isTrusted,
    fromWithin,
  };
  const slots = new FairSlots(maxConcurrent);
  const within = targets.slice(0, maxBackends);
  let answered = 0;
  inputs.onAnswer?.(answered, within.length);
  const asked = within.map(async (target) => {
    const answer = await answerOf(target, inputs, remedy, slots);
    answered += 1;
    inputs.onAnswer?.(answered, within.length);
    return answer;
  });
  return { answers: await Promise.all(asked), notAsked: Math.max(0, targets.length - maxBackends) };
}

async function answerOf(
  target: Target,
  { discovery, now, signal }: FirstQuestionInputs,
  remedy: RemedyInputs,
  slots: FairSlots,
): Promise<FirstAnswer> {
  const { service, toolset, instance, endpoint } = target;
  await slots.acquire(service.namespace);
  try {
    const namespaces = namespacesFor(service.namespace, discovery.decisions);
    const answered = await askFirst(target, namespaces, { now, timeoutMs, signal });
    const { reason, message, fix } = await explainAnswer(target, answered, remedy);
    const backend = { namespace: service.namespace, name: service.name, toolset, instance, url: urlOf(endpoint) };
    return { ...backend, outcome: outcomeOf(reason), reason, message, fix };
  } finally {
    slots.release();
  }
}

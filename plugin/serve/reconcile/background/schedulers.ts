import type { Prober } from '../../../cluster/probe/probe.ts';
import type { StoreAnswer, StoreQuestion } from '../../../cluster/stores/question.ts';
import type { EvidenceCluster } from '../../../discovery/evidence/reader.ts';
import type { BackgroundReaders } from '../evaluation/desired-state.ts';
import type { FleetInputs } from '../evaluation/fleet-state.ts';
import type { BackgroundOptions } from './background-answers.ts';
import { EvidenceScheduler } from './evidence-scheduler.ts';
import { MemberScheduler } from './member-scheduler.ts';
import type { MemberSchedulerOptions } from './member-scheduler.ts';
import { ProbeScheduler } from './probe-scheduler.ts';
import { StoreScheduler } from './store-scheduler.ts';

export interface SchedulersOptions extends BackgroundOptions {
  readonly prober: Prober;
  readonly evidence: EvidenceCluster;
  /** `null` to ask no stores. */
  readonly stores: ((question: StoreQuestion) => Promise<StoreAnswer>) | null;
  /** `null` to look up no clusters. */
  readonly members: Omit<MemberSchedulerOptions, keyof BackgroundOptions> | null;
}

/** The answers used by one evaluation of a ConfigMap. */
export interface EvaluationSession {
  readonly readers: BackgroundReaders;
  readonly members: FleetInputs['members'] | null;
  /** Releases the questions that this evaluation did not ask. */
  readonly end: () => void;
}

/** All that evaluations ask besides the caches, in the background. */
export class Schedulers {
  readonly #probes: ProbeScheduler;
  readonly #evidence: EvidenceScheduler;
  readonly #stores: StoreScheduler | null;
  readonly #members: MemberScheduler | null;

  constructor({ prober, evidence, stores, members, ...background }: SchedulersOptions) {
    this.#probes = new ProbeScheduler(prober, background);
    this.#evidence = new EvidenceScheduler(evidence, background);
    this.#stores = stores && new StoreScheduler(stores, background);
    this.#members = members && new MemberScheduler({ ...background, ...members });
  }

  /** Called before an evaluation of the ConfigMap. */
  begin(configMap: string): EvaluationSession {
    const [probes, evidence] = [this.#probes.begin(configMap), this.#evidence.begin(configMap)];
    const [stores, members] = [this.#stores?.begin(configMap), this.#members?.begin(configMap)];
    return {
      readers: { prober: probes.ask, evidence: evidence.ask, stores: stores?.ask ?? null },
      members: members?.ask ?? null,
      end: () => {
        for (const session of [probes, evidence, stores, members]) session?.end();
      },
    };
  }

  /** Answers with what is known; schedules nothing. */
  knownAnswers(): BackgroundReaders {
    const [probes, evidence, stores] = [this.#probes, this.#evidence, this.#stores];
    return {
      prober: (request) => probes.known(request),
      evidence: (question) => evidence.known(question),
      stores: stores && ((question) => stores.known(question)),
    };
  }

  /** Probes the backends of a changed Service (`namespace/name`) now. */
  probeNow(service: string): void {
    this.#probes.retryNow(service);
  }

  /** Probes every backend now. */
  probeAllNow(): void {
    this.#probes.retryAllNow();
  }
}

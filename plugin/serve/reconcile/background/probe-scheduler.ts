import { probeReason } from '../../../cluster/probe/probe-reasons.ts';
import type { ProbeRequest, ProbeResult, Prober } from '../../../cluster/probe/probe.ts';
import { backoffMs } from '../../../lib/duration.ts';
import { BackgroundAnswers } from './background-answers.ts';
import type { AnswerSession, BackgroundOptions } from './background-answers.ts';

/** Interval for a healthy backend that is not in the ConfigMap yet. */
const healthyMs = 5 * 60_000;
/** Back-off for an unhealthy backend. No jitter: the probes started at different times. */
const backoff = { baseMs: 2_000, maxMs: 5 * 60_000 };

const pending: ProbeResult = { healthy: false, ...probeReason('ProbePending') };

/** Probes, in the background, backends that are not in a ConfigMap yet; those in one are not probed. */
export class ProbeScheduler {
  readonly #results: BackgroundAnswers<ProbeRequest, ProbeResult>;

  constructor(prober: Prober, options: BackgroundOptions) {
    const policy = {
      ask: prober,
      idOf: (request: ProbeRequest) => JSON.stringify(request),
      pending,
      outcomeOf,
      isFailure: ({ healthy }: ProbeResult) => !healthy,
      pauseMs: ({ healthy }: ProbeResult, failures: number) => (healthy ? healthyMs : backoffMs(failures, backoff)),
    };
    this.#results = new BackgroundAnswers(policy, options);
  }

  /** Called before an evaluation of the ConfigMap. */
  begin(configMap: string): AnswerSession<ProbeRequest, ProbeResult> {
    return this.#results.begin(configMap);
  }

  /** The last known result; schedules nothing. */
  known(request: ProbeRequest): ProbeResult {
    return this.#results.known(request);
  }

  /** Probes the backends of a changed Service (`namespace/name`) now. */
  retryNow(service: string): void {
    const [namespace = '', name = ''] = service.split('/');
    this.#results.askAgain(({ target }) => target.startsWith(`${name}.${namespace}.`));
  }

  /** Probes every backend now. */
  retryAllNow(): void {
    this.#results.askAgain(() => true);
  }
}

/** The decisive part of a result, without its reason. */
function outcomeOf(result: ProbeResult): string {
  const { healthy, needsCredential = false, needsTenant = false, scheme, identified, prefix, host } = result;
  return JSON.stringify([healthy, needsCredential, needsTenant, scheme, identified, prefix, host]);
}

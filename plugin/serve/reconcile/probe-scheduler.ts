import { probeReason } from '../../cluster/probe-reasons.ts';
import type { ProbeRequest, ProbeResult, Prober } from '../../cluster/probe.ts';
import type { Clock } from '../../lib/clock.ts';
import { systemClock } from '../../lib/clock.ts';
import { backoffMs } from '../../lib/duration.ts';

/** A healthy backend is probed again after this time, as long as it is not in the ConfigMap yet. */
const healthyMs = 5 * 60_000;
/** Between probes of an unhealthy backend. No jitter: they started at different times. */
const backoff = { baseMs: 2_000, maxMs: 5 * 60_000 };

const pending: ProbeResult = { healthy: false, ...probeReason('ProbePending') };

interface ScheduledProbe {
  readonly request: ProbeRequest;
  result: ProbeResult;
  failures: number;
  /** Keys of the ConfigMaps whose evaluation uses the result. */
  readonly dependents: Set<string>;
  /** Its Service changed since the last probe: the next one is due now. */
  isDue: boolean;
  /** Ends the pause before the next probe. */
  wake: () => void;
}

/** The probes that one evaluation of a ConfigMap uses. */
export interface ProbeSession {
  /** Returns the last known result at once; an evaluation never waits for a backend. */
  readonly prober: Prober;
  /** Releases the probes that this evaluation did not use. */
  readonly end: () => void;
}

export interface ProbeSchedulerOptions {
  readonly prober: Prober;
  /** Ends all probes. */
  readonly signal: AbortSignal;
  /** The result for these ConfigMaps has changed. */
  readonly onResult: (configMaps: readonly string[]) => void;
  readonly clock?: Clock;
}

/** Probes in the background the backends that are not in a ConfigMap yet; those that are in one are not probed. */
export class ProbeScheduler {
  readonly #options: ProbeSchedulerOptions;
  readonly #clock: Clock;
  readonly #probes = new Map<string, ScheduledProbe>();

  constructor(options: ProbeSchedulerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Called before an evaluation of the ConfigMap. */
  begin(configMap: string): ProbeSession {
    const used = new Set<ScheduledProbe>();
    return {
      prober: (request) => {
        const probe = this.#schedule(request, configMap);
        used.add(probe);
        return probe.result;
      },
      // Only after the evaluation: a probe without dependents ends, and its result would be lost.
      end: () => {
        for (const probe of this.#probes.values()) if (!used.has(probe)) probe.dependents.delete(configMap);
      },
    };
  }

  /** The last known result; schedules nothing. */
  known(request: ProbeRequest): ProbeResult {
    return this.#probes.get(idOf(request))?.result ?? pending;
  }

  /** Probes the backends of a changed Service (`namespace/name`) now. */
  retryNow(service: string): void {
    const [namespace = '', name = ''] = service.split('/');
    for (const probe of this.#probes.values())
      if (probe.request.target.startsWith(`${name}.${namespace}.`)) retry(probe);
  }

  /** Probes every backend now. */
  retryAllNow(): void {
    for (const probe of this.#probes.values()) retry(probe);
  }

  #schedule(request: ProbeRequest, configMap: string): ScheduledProbe {
    const id = idOf(request);
    const existing = this.#probes.get(id);
    if (existing) {
      existing.dependents.add(configMap);
      return existing;
    }
    const probe: ScheduledProbe = {
      request,
      result: pending,
      failures: 0,
      dependents: new Set([configMap]),
      isDue: false,
      wake: noop,
    };
    this.#probes.set(id, probe);
    void this.#repeat(id, probe);
    return probe;
  }

  async #repeat(id: string, probe: ScheduledProbe): Promise<void> {
    const { prober, signal, onResult } = this.#options;
    while (!signal.aborted && probe.dependents.size > 0) {
      probe.isDue = false;
      const result = await prober(probe.request);
      const isNew = outcomeOf(result) !== outcomeOf(probe.result);
      probe.result = result;
      probe.failures = result.healthy ? 0 : probe.failures + 1;
      if (isNew) onResult([...probe.dependents]);
      await this.#pause(probe, result.healthy ? healthyMs : backoffMs(probe.failures, backoff));
    }
    this.#probes.delete(id);
  }

  async #pause(probe: ScheduledProbe, ms: number): Promise<void> {
    if (probe.isDue) return;
    const woken = new AbortController();
    probe.wake = () => {
      woken.abort();
    };
    await this.#clock.sleep(ms, AbortSignal.any([this.#options.signal, woken.signal]));
  }
}

function retry(probe: ScheduledProbe): void {
  probe.failures = 0;
  probe.isDue = true;
  probe.wake();
}

function idOf(request: ProbeRequest): string {
  return JSON.stringify(request);
}

/** The part of a result that decides; its reason does not. */
function outcomeOf({ healthy, needsCredential = false, scheme, identified, prefix, host }: ProbeResult): string {
  return JSON.stringify([healthy, needsCredential, scheme, identified, prefix, host]);
}

function noop(): void {
  // No pause to end.
}

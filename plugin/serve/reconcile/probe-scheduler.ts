import { setTimeout as delay } from 'node:timers/promises';
import type { ProbeRequest, ProbeResult, Prober } from '../../cluster/probe.ts';
import { backoffMs } from '../../lib/duration.ts';

/** A backend that answered is asked again after this time, as long as it is waiting to be applied. */
const healthyMs = 5 * 60_000;
/** Between probes of a backend that is not healthy. */
const backoff = { baseMs: 2_000, maxMs: 5 * 60_000 };

interface ScheduledProbe {
  readonly request: ProbeRequest;
  result: ProbeResult;
  failures: number;
  /** Names of the ConfigMaps whose answer depends on it. */
  readonly dependents: Set<string>;
  /** Something changed since it was last asked: no pause before it is asked again. */
  hurried: boolean;
  /** Ends the pause. */
  wake: () => void;
}

/** The questions of one look at a ConfigMap. */
export interface ProbeSession {
  /** Answers at once with what is known so far: nobody waits for a backend that is slow. */
  readonly prober: Prober;
  /** It asks for nothing else: what nobody asks for any more is not asked. */
  readonly end: () => void;
}

/** Answers of backends that are not in a ConfigMap yet; what is in is never asked. */
export interface Probes {
  /** Before a ConfigMap is looked at. */
  readonly begin: (configMap: string) => ProbeSession;
  /** The same on nobody's behalf: what is not asked already is not asked. */
  readonly known: Prober;
  /** Something about this Service (`namespace/name`) changed: it is asked again now. */
  readonly retryNow: (service: string) => void;
  /** Somebody wants to know: all are asked again now, as if they had never failed. */
  readonly retryAllNow: () => void;
}

/** `onAnswer` is told whose answer may be another one now. Ends with the signal. */
export function startProbes(
  prober: Prober,
  signal: AbortSignal,
  onAnswer: (configMaps: readonly string[]) => void,
): Probes {
  const probes = new Map<string, ScheduledProbe>();

  async function repeat(id: string, probe: ScheduledProbe): Promise<void> {
    while (!signal.aborted && probe.dependents.size > 0) {
      probe.hurried = false;
      const result = await prober(probe.request);
      const isNew = meaningOf(result) !== meaningOf(probe.result);
      probe.result = result;
      probe.failures = result.healthy ? 0 : probe.failures + 1;
      if (isNew) onAnswer([...probe.dependents]);
      await pause(probe, result.healthy ? healthyMs : backoffMs(probe.failures, backoff));
    }
    probes.delete(id);
  }

  async function pause(probe: ScheduledProbe, ms: number): Promise<void> {
    if (probe.hurried) return;
    const woken = new AbortController();
    probe.wake = () => {
      woken.abort();
    };
    await delay(ms, undefined, { signal: AbortSignal.any([signal, woken.signal]), ref: false }).catch(ignoreAbort);
  }

  function ask(request: ProbeRequest, configMap: string): ScheduledProbe {
    const id = JSON.stringify(request);
    const known = probes.get(id);
    if (known) {
      known.dependents.add(configMap);
      return known;
    }
    const result = { healthy: false, reason: 'is being asked for the first time' };
    const probe = { request, result, failures: 0, dependents: new Set([configMap]), hurried: false, wake: ignoreAbort };
    probes.set(id, probe);
    void repeat(id, probe);
    return probe;
  }

  return {
    begin: (configMap) => {
      const asked = new Set<ScheduledProbe>();
      return {
        prober: (request) => {
          const probe = ask(request, configMap);
          asked.add(probe);
          return Promise.resolve(probe.result);
        },
        // Not before: a probe that nobody asks for in between would end, and its answer be forgotten.
        end: () => {
          for (const probe of probes.values()) if (!asked.has(probe)) probe.dependents.delete(configMap);
        },
      };
    },
    known: (request) =>
      Promise.resolve(
        probes.get(JSON.stringify(request))?.result ?? { healthy: false, reason: 'has not been asked yet' },
      ),
    retryNow: (service) => {
      const [namespace = '', name = ''] = service.split('/');
      for (const probe of probes.values()) {
        if (probe.request.target.startsWith(`${name}.${namespace}.`)) wakeProbe(probe);
      }
    },
    retryAllNow: () => {
      for (const probe of probes.values()) wakeProbe(probe);
    },
  };
}

function wakeProbe(probe: ScheduledProbe): void {
  probe.failures = 0;
  probe.hurried = true;
  probe.wake();
}

/** What an answer decides; its words do not. */
function meaningOf({ healthy, needsCredential = false, scheme }: ProbeResult): string {
  return JSON.stringify([healthy, needsCredential, scheme]);
}

function ignoreAbort(): void {
  // Whoever pauses looks at what has changed.
}

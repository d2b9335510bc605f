import { LRUCache } from 'lru-cache';
import type { ProbeRequest, ProbeResult } from '../../../cluster/probe/probe.ts';
import type { Clock } from '../../../lib/clock.ts';
import { keyOf } from '../../../lib/object-key.ts';
import type { ObservedDiscovery } from '../../reconcile/evaluation/inputs.ts';

/** The last HTTP health check of a Service. */
export interface HealthCheck {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly healthy: boolean;
}

/** Services whose last check is kept; the least recently checked one is forgotten first. */
const maxChecks = 10_000;

/** What this replica saw, and when: in memory, so a restart loses it. Services are `namespace/name`. */
export class ServiceHistory {
  readonly #clock: Pick<Clock, 'epochMs'>;
  /** By ConfigMap and its selected Services: when each was first selected, `null` if already in the first discovery. */
  readonly #selected = new Map<string, ReadonlyMap<string, number | null>>();
  readonly #checks = new LRUCache<string, HealthCheck>({ max: maxChecks });

  constructor(clock: Pick<Clock, 'epochMs'>) {
    this.#clock = clock;
  }

  /** Called with each discovery for the ConfigMap; a failed one changes nothing. */
  recordDiscovery(configMap: string, discovery: Pick<ObservedDiscovery, 'conclusion'> | null): void {
    if (!discovery) return;
    const before = this.#selected.get(configMap);
    const since = before ? this.#clock.epochMs() : null;
    const now = new Map<string, number | null>();
    for (const { service, decision } of discovery.conclusion.decisions) {
      if (decision !== 'selected') continue;
      const key = keyOf(service);
      now.set(key, before?.has(key) === true ? (before.get(key) ?? null) : since);
    }
    this.#selected.set(configMap, now);
  }

  /** The ConfigMap was deleted. */
  forget(configMap: string): void {
    this.#selected.delete(configMap);
  }

  /** Of the Service's own address alone: another host says nothing about the Service that it may be named like. */
  recordCheck(
    { namespace, service }: Pick<ProbeRequest, 'namespace' | 'service'>,
    { healthy }: Pick<ProbeResult, 'healthy'>,
  ): void {
    if (service) this.#checks.set(keyOf({ namespace, name: service.name }), { at: this.#clock.epochMs(), healthy });
  }

  /**
   * When the Service was selected for the ConfigMap; `null` if that was before this replica started, or if it is not
   * selected.
   */
  discoveredAt(configMap: string, service: string): number | null {
    return this.#selected.get(configMap)?.get(service) ?? null;
  }

  lastCheck(service: string): HealthCheck | null {
    return this.#checks.get(service) ?? null;
  }
}

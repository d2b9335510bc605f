import { isDeepStrictEqual } from 'node:util';
import { detectors } from '../../../detectors/index.ts';
import type { ServiceView } from '../../../detectors/types.ts';
import type { NamespaceScope } from '../../cluster/types.ts';
import { isInScope } from '../../cluster/types.ts';
import type { Candidate, Suspect } from '../../discovery/decision.ts';
import { serviceEvaluator } from '../../discovery/survey/evaluate-service.ts';
import type { ServiceEvaluation } from '../../discovery/survey/evaluate-service.ts';
import { chosenDetectors, allowsNamespace, filtersOf, scopeOf } from '../../discovery/scope-and-filters.ts';
import { keyOf } from '../../lib/object-key.ts';
import type { ProjectPolicy } from '../../settings/policy.ts';
import type { ToolsetConfig } from '../../settings/schema/index.ts';
import type { CredentialPolicy, Consumer } from '../../consumers/consumer.ts';
import { consumerOf, credentialPolicyOf, limitToSettings } from '../../consumers/index.ts';
import type { Caches } from '../cache/index.ts';
import { isEmptySelector } from '../../cluster/label-selector.ts';

/** Ids of the detectors that the settings enable. */
export function enabledDetectors(spec: ToolsetConfig['spec']): readonly string[] {
  return [...spec.customDetectors, ...chosenDetectors(spec, detectors).enabled].map(({ id }) => id);
}

/** Different candidates of one Service that new ones are compared with. */
const maxShared = 4;

/**
 * Nearly all settings produce the same candidate of a Service: it is kept once. The most recently used candidates of a
 * Service are remembered, so those of changed settings give way; an earlier version of a Service is dropped with its
 * candidates.
 */
export class SharedCandidates {
  /** Candidates by Service, most recently used first. */
  readonly #known = new WeakMap<ServiceView, readonly Candidate[]>();

  /** An equal candidate seen before, or else this one, which is remembered. */
  of(candidate: Candidate): Candidate {
    const known = this.#known.get(candidate.service) ?? [];
    const shared = known.find((one) => isDeepStrictEqual(one, candidate)) ?? candidate;
    if (shared === known[0]) return shared;
    const others = known.filter((one) => one !== shared);
    this.#known.set(candidate.service, [shared, ...others].slice(0, maxShared));
    return shared;
  }
}

/** Candidates and suspects among all Services for one set of settings and one policy, updated one Service at a time. */
export class Candidates {
  readonly consumer: Consumer;
  readonly access: CredentialPolicy;
  /** Ids of the enabled detectors. */
  readonly detectors: readonly string[];
  readonly #spec: ToolsetConfig['spec'];
  readonly #policy: ProjectPolicy | null;
  readonly #caches: Pick<Caches<unknown>, 'services' | 'namespaces'>;
  readonly #shared: SharedCandidates;
  readonly #scope: NamespaceScope;
  readonly #candidates = new Map<string, Candidate>();
  readonly #suspects = new Map<string, Suspect>();
  #evaluate: ReturnType<typeof serviceEvaluator>;

  /** Evaluates every Service in the caches. */
  constructor(
    spec: ToolsetConfig['spec'],
    policy: ProjectPolicy | null,
    caches: Pick<Caches<unknown>, 'services' | 'namespaces'>,
    shared = new SharedCandidates(),
  ) {
    this.consumer = limitToSettings(consumerOf(spec.target), spec);
    this.access = credentialPolicyOf(spec, policy);
    this.detectors = enabledDetectors(spec);
    this.#scope = scopeOf(spec, policy);
    this.#spec = spec;
    this.#policy = policy;
    this.#caches = caches;
    this.#shared = shared;
    this.#evaluate = this.#createEvaluator();
    this.#updateAll();
  }

  /** Whether the Service is a candidate or a suspect. */
  has(service: string): boolean {
    return this.#candidates.has(service) || this.#suspects.has(service);
  }

  all(): readonly Candidate[] {
    return [...this.#candidates.values()];
  }

  suspects(): readonly Suspect[] {
    return [...this.#suspects.values()];
  }

  /** Namespaces with visible Services. */
  namespaces(): ReadonlySet<string> {
    const all = this.#caches.services.namespaces();
    return new Set(all.values().filter((namespace) => this.isVisible({ namespace })));
  }

  /** Whether scope and policy make the Service visible. */
  isVisible({ namespace }: Pick<ServiceView, 'namespace'>): boolean {
    return isInScope(this.#scope, namespace) && (this.#policy === null || allowsNamespace(this.#policy, namespace));
  }

  /** Evaluates one Service; `null` if scope or policy hide it. */
  evaluate(service: ServiceView): ServiceEvaluation | null {
    return this.isVisible(service) ? this.#evaluate(service) : null;
  }

  /** Re-evaluates these Services; returns whether a candidate was added, removed or changed. */
  update(services: readonly string[]): boolean {
    return services.map((key) => this.#update(key)).includes(true);
  }

  /** Re-evaluates all Services if the settings select Namespaces by label; returns whether they do. */
  updateNamespaces(): boolean {
    if (isEmptySelector(this.#spec.discovery.namespaces.selector)) return false;
    this.#evaluate = this.#createEvaluator();
    this.#updateAll();
    return true;
  }

  #createEvaluator(): ReturnType<typeof serviceEvaluator> {
    const namespaces = this.#scope === 'cluster' ? [...this.#caches.namespaces.values()] : [];
    const filters = filtersOf(this.#spec, namespaces, this.access.isTrusted);
    return serviceEvaluator(this.#spec, detectors, filters, this.consumer);
  }

  #updateAll(): void {
    this.#candidates.clear();
    this.#suspects.clear();
    for (const service of this.#caches.services.values()) this.#update(keyOf(service));
  }

  #update(key: string): boolean {
    const service = this.#caches.services.get(key);
    const before = this.#candidates.get(key) ?? this.#suspects.get(key)?.candidate;
    // An unchanged Service has an unchanged evaluation under unchanged settings.
    if (service !== undefined && before?.service === service) return false;
    const evaluation = service && this.evaluate(service);
    if (evaluation?.candidate) this.#candidates.set(key, this.#shared.of(evaluation.candidate));
    else this.#candidates.delete(key);
    if (evaluation?.suspect) {
      const { suspect, others = [], decision } = evaluation;
      const shared = others.map((one) => this.#shared.of(one));
      this.#suspects.set(key, { candidate: this.#shared.of(suspect), others: shared, decision });
    } else this.#suspects.delete(key);
    return this.has(key) || before !== undefined;
  }
}

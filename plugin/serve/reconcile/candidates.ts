import { isDeepStrictEqual } from 'node:util';
import { detectors } from '../../../detectors/index.ts';
import type { ServiceView } from '../../../detectors/types.ts';
import type { NamespaceScope } from '../../cluster/types.ts';
import type { Candidate, Suspect } from '../../discovery/decision.ts';
import { serviceEvaluator } from '../../discovery/survey/evaluate-service.ts';
import type { Evaluation } from '../../discovery/survey/evaluate-service.ts';
import { chosenDetectors, allowsNamespace, filtersOf, scopeOf } from '../../discovery/scope-and-filters.ts';
import { keyOf } from '../../lib/object-key.ts';
import type { ProjectPolicy } from '../../settings/policy.ts';
import type { ToolsetConfig } from '../../settings/schema/index.ts';
import type { CredentialPolicy, Consumer } from '../../consumers/consumer.ts';
import { consumerOf, credentialPolicyOf, limitToSettings } from '../../consumers/index.ts';
import type { Caches } from '../cache/index.ts';

/** Ids of the detectors that settings switch on. */
export function enabledDetectors(spec: ToolsetConfig['spec']): readonly string[] {
  return [...spec.customDetectors, ...chosenDetectors(spec, detectors).enabled].map(({ id }) => id);
}

/** Different candidates of one Service that others are compared with. */
const maxShared = 4;

/**
 * Nearly all settings make the same candidate of a Service: it is kept once. Of a Service the candidates that were used
 * last are known, so that those of settings that were changed since make room; an earlier version of a Service takes its
 * own along.
 */
export class SharedCandidates {
  /** Of each Service the one that was used last first. */
  readonly #known = new WeakMap<ServiceView, readonly Candidate[]>();

  /** The equal one that was here before, or this one from now on. */
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
  /** The namespaces that must be watched. */
  readonly scope: NamespaceScope;
  readonly #spec: ToolsetConfig['spec'];
  readonly #policy: ProjectPolicy | null;
  readonly #caches: Pick<Caches<unknown>, 'services' | 'namespaces'>;
  readonly #shared: SharedCandidates;
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
    this.scope = scopeOf(spec, policy);
    this.#spec = spec;
    this.#policy = policy;
    this.#caches = caches;
    this.#shared = shared;
    this.#evaluate = this.#createEvaluator();
    this.#updateAll();
  }

  /** Whether it is a candidate or a suspect. */
  has(service: string): boolean {
    return this.#candidates.has(service) || this.#suspects.has(service);
  }

  all(): readonly Candidate[] {
    return [...this.#candidates.values()];
  }

  suspects(): readonly Suspect[] {
    return [...this.#suspects.values()];
  }

  /** Those in which there are visible Services. */
  namespaces(): ReadonlySet<string> {
    const all = this.#caches.services.namespaces();
    return new Set(all.values().filter((namespace) => this.#isVisible({ namespace })));
  }

  /** Evaluates one Service; `null` if scope or policy hide it. */
  evaluate(service: ServiceView): Evaluation | null {
    return this.#isVisible(service) ? this.#evaluate(service) : null;
  }

  /** Evaluates these Services anew; returns whether a candidate was added, removed or changed. */
  update(services: readonly string[]): boolean {
    return services.map((key) => this.#update(key)).includes(true);
  }

  /** Evaluates all Services anew if the settings select Namespaces by label; returns whether they do. */
  updateNamespaces(): boolean {
    const { matchLabels, matchExpressions } = this.#spec.discovery.namespaces.selector;
    if (Object.keys(matchLabels).length + matchExpressions.length === 0) return false;
    this.#evaluate = this.#createEvaluator();
    this.#updateAll();
    return true;
  }

  #createEvaluator(): ReturnType<typeof serviceEvaluator> {
    const namespaces = this.scope === 'cluster' ? [...this.#caches.namespaces.values()] : [];
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
    // An unchanged Service under unchanged settings has an unchanged evaluation.
    if (service !== undefined && before?.service === service) return false;
    const { candidate, suspect, decision } = (service && this.evaluate(service)) ?? {};
    if (candidate) this.#candidates.set(key, this.#shared.of(candidate));
    else this.#candidates.delete(key);
    if (suspect && decision) this.#suspects.set(key, { candidate: this.#shared.of(suspect), decision });
    else this.#suspects.delete(key);
    return candidate !== undefined || suspect !== undefined || before !== undefined;
  }

  #isVisible({ namespace }: Pick<ServiceView, 'namespace'>): boolean {
    const isInScope = this.scope === 'cluster' || this.scope.includes(namespace);
    return isInScope && (this.#policy === null || allowsNamespace(this.#policy, namespace));
  }
}

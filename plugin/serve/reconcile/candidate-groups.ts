import type { ProjectPolicy } from '../../settings/policy.ts';
import type { Caches } from '../cache/index.ts';
import { Candidates, SharedCandidates } from './candidates.ts';
import type { ConfigMapMetadata } from './config-map-metadata.ts';

interface Group {
  readonly id: string;
  readonly candidates: Candidates;
  /** Keys of the ConfigMaps that share these candidates. */
  readonly members: Set<string>;
}

/** Candidates of all ConfigMaps: those with equal settings and equal policy share them. */
export class CandidateGroups {
  readonly #caches: Pick<Caches<unknown>, 'services' | 'namespaces'>;
  readonly #shared = new SharedCandidates();
  readonly #groups = new Map<string, Group>();
  readonly #groupOf = new Map<string, Group>();

  constructor(caches: Pick<Caches<unknown>, 'services' | 'namespaces'>) {
    this.#caches = caches;
  }

  /** Evaluates all Services, unless another ConfigMap has the same settings and policy. */
  join(configMap: string, { settingsId, spec }: ConfigMapMetadata, policy: ProjectPolicy | null): Candidates {
    const id = JSON.stringify([settingsId, policy]);
    const existing = this.#groups.get(id);
    if (existing && this.#groupOf.get(configMap) === existing) return existing.candidates;
    this.leave(configMap);
    const group = this.#groups.get(id) ?? {
      id,
      candidates: new Candidates(spec, policy, this.#caches, this.#shared),
      members: new Set(),
    };
    this.#groups.set(id, group);
    this.#groupOf.set(configMap, group);
    group.members.add(configMap);
    return group.candidates;
  }

  leave(configMap: string): void {
    const group = this.#groupOf.get(configMap);
    this.#groupOf.delete(configMap);
    group?.members.delete(configMap);
    if (group?.members.size === 0) this.#groups.delete(group.id);
  }

  /** Candidates of a ConfigMap that has joined. */
  of(configMap: string): Candidates | undefined {
    return this.#groupOf.get(configMap)?.candidates;
  }

  /** Re-evaluates these Services; returns the ConfigMaps whose candidates changed. */
  updateServices(services: readonly string[]): readonly string[] {
    return this.#membersWhere((candidates) => candidates.update(services));
  }

  /** Returns the ConfigMaps that have one of these Services as a candidate. */
  updateEndpoints(services: readonly string[]): readonly string[] {
    return this.#membersWhere((candidates) => services.some((service) => candidates.has(service)));
  }

  /** Re-evaluates all Services if labels of Namespaces matter; returns the ConfigMaps to which they do. */
  updateNamespaces(): readonly string[] {
    return this.#membersWhere((candidates) => candidates.updateNamespaces());
  }

  #membersWhere(isAffected: (candidates: Candidates) => boolean): string[] {
    return [...this.#groups.values()]
      .filter(({ candidates }) => isAffected(candidates))
      .flatMap(({ members }) => [...members]);
  }
}

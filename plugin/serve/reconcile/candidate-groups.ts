import type { ProjectPolicy } from '../../settings/policy.ts';
import type { Caches } from '../cache/index.ts';
import { candidatesFor } from './candidates.ts';
import type { Candidates } from './candidates.ts';
import type { ConfigMapMetadata } from './config-map-metadata.ts';

interface Group {
  readonly id: string;
  readonly candidates: Candidates;
  /** ConfigMaps whose candidates these are. */
  readonly users: Set<string>;
}

/** Candidates for all ConfigMaps: those with equal settings and rights share them. */
export interface Groups {
  /** Judges all Services where no other ConfigMap has the same settings and rights. */
  readonly join: (configMap: string, contract: ConfigMapMetadata, policy: ProjectPolicy | null) => Candidates;
  readonly leave: (configMap: string) => void;
  /** Those of a ConfigMap that has joined. */
  readonly of: (configMap: string) => Candidates | undefined;
  /** Each of these answers which ConfigMaps may have another answer now. */
  readonly updateServices: (services: readonly string[]) => readonly string[];
  readonly updateEndpoints: (services: readonly string[]) => readonly string[];
  readonly updateNamespaces: () => readonly string[];
}

export function createGroups(caches: Pick<Caches<unknown>, 'services' | 'namespaces'>): Groups {
  const groups = new Map<string, Group>();
  const groupOf = new Map<string, Group>();
  const leave = (configMap: string): void => {
    const group = groupOf.get(configMap);
    groupOf.delete(configMap);
    group?.users.delete(configMap);
    if (group?.users.size === 0) groups.delete(group.id);
  };
  const usersWhere = (isAffected: (candidates: Candidates) => boolean): string[] =>
    [...groups.values()].filter(({ candidates }) => isAffected(candidates)).flatMap(({ users }) => [...users]);
  return {
    join: (configMap, contract, policy) => {
      const id = JSON.stringify([contract.settingsId, policy]);
      const known = groups.get(id);
      if (known && groupOf.get(configMap) === known) return known.candidates;
      leave(configMap);
      const group = groups.get(id) ?? {
        ...{ id, users: new Set<string>() },
        candidates: candidatesFor(contract.spec, policy, caches),
      };
      groups.set(id, group);
      groupOf.set(configMap, group);
      group.users.add(configMap);
      return group.candidates;
    },
    leave,
    of: (configMap) => groupOf.get(configMap)?.candidates,
    updateServices: (services) => usersWhere((candidates) => candidates.update(services)),
    updateEndpoints: (services) => usersWhere((candidates) => services.some(candidates.has)),
    updateNamespaces: () => usersWhere((candidates) => candidates.updateNamespaces()),
  };
}

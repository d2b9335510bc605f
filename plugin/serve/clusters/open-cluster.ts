import type { Connection } from '../../cluster/connection/connection.ts';

/** A cluster looked up by the name that an Application uses. */
export interface OpenedCluster {
  /** The same name, whatever it was looked up by. */
  readonly name: string;
  readonly server: string;
  /** The only project whose Applications may use it; `null` if all may. */
  readonly project: string | null;
  /** Used for this cluster only, and closed with it. */
  readonly connection: Connection;
}

/** Looks up a cluster by name or by the URL of its API server. Rejects if it is unknown or its access is unusable. */
export type OpenCluster = (called: string) => Promise<OpenedCluster>;

/** Whether Applications of a project may use the cluster. */
export function isOpenTo({ project: only }: OpenedCluster, project: string): boolean {
  return only === null || only === project;
}

import type { Connection } from '../../cluster/connection/connection.ts';

/** A cluster that was looked up by what an Application calls it. */
export interface OpenedCluster {
  /** The same, whatever it was looked up by. */
  readonly name: string;
  readonly server: string;
  /** The only project whose Applications may use it; `null` where it may be used by all. */
  readonly project: string | null;
  /** Of this cluster alone; closed with it. */
  readonly connection: Connection;
}

/** Looks a cluster up by its name or the URL of its API server. Rejects where it is unknown or its access is not usable. */
export type OpenCluster = (called: string) => Promise<OpenedCluster>;

/** Whether Applications of a project may use it. */
export function isOpenTo({ project: only }: OpenedCluster, project: string): boolean {
  return only === null || only === project;
}

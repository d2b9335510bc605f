import type { Reason } from '../../../lib/messages/reason.ts';
import type { Explanations, ReadModel } from './read-model.ts';

/** A cluster as the API shows it to those who may see it. */
export interface ShownCluster {
  /** The name given where its access is defined; if it is not open, the name that Applications use. */
  readonly name: string;
  /** The cluster that Argo CD runs in: access to the API includes it. */
  readonly isOwn: boolean;
  /** Host and port of its API server; `null` if it is not open. */
  readonly server: string | null;
  /** Whether it was found and has caches. */
  readonly isOpen: boolean;
  /** Why its current state is unknown; `null` if it is known. */
  readonly unread: Reason | null;
  /** When it became readable or unreadable, in milliseconds since the epoch. */
  readonly since: number;
  /** Number of Services in the watched namespaces. */
  readonly services: number;
  /** Number of managed ConfigMaps. */
  readonly configMaps: number;
  /** `null` until every ConfigMap has been evaluated once. */
  readonly model: ReadModel | null;
  /** ConfigMaps in it that are built from another cluster: for those who may see that cluster as well. */
  readonly builtFromOthers: readonly { readonly cluster: string; readonly model: ReadModel }[];
  /**
   * Its Services, as judged for hub ConfigMaps built from it among others; `null` for the hub, or before the first
   * list.
   */
  readonly parts: Explanations | null;
}

import type { Reason } from '../../../lib/reason.ts';
import type { Explanations, ReadModel } from './read-model.ts';

/** A cluster as the API shows it, to those who may see it. */
export interface ShownCluster {
  /** As what says how to reach it has it; what Applications call it where it is not open. */
  readonly name: string;
  /** The one that Argo CD runs in: access to the API is access to it. */
  readonly isOwn: boolean;
  /** Host and port of its API server; `null` where it is not open. */
  readonly server: string | null;
  /** Whether it was found, and has caches. */
  readonly isOpen: boolean;
  /** Why what is known of it is not what it holds now; `null` where it is. */
  readonly unread: Reason | null;
  /** Since when it has been read, or has not, in milliseconds since the epoch. */
  readonly since: number;
  /** In the namespaces that are watched. */
  readonly services: number;
  /** Managed ConfigMaps. */
  readonly configMaps: number;
  /** `null` until every ConfigMap has been evaluated once. */
  readonly model: ReadModel | null;
  /** ConfigMaps in it that are made of another cluster: for those who may see that one as well. */
  readonly made: readonly { readonly cluster: string; readonly model: ReadModel }[];
  /** Its Services, as judged for ConfigMaps of the hub that are made of it and others; `null` where it is the hub, or not listed yet. */
  readonly parts: Explanations | null;
}

import type { ApplicationView, ManagedResource } from '../../argocd/application.ts';

/**
 * Result of a request:
 * - `accepted`: Argo CD carries it out
 * - `changed`: the Application has changed since it was read, or is gone; an event about it follows
 * - `busy`: another operation is in progress, which applies the same manifests
 * - `deferred`: sync windows may deny it; Argo CD's self-heal syncs when they allow it
 */
export type RequestOutcome = 'accepted' | 'changed' | 'busy' | 'deferred';

/** The two requests to Argo CD. Both reject with a `PluginError` if the request fails. */
export interface ArgoCdClient {
  /** Generates the manifests anew, without Argo CD's cache. */
  readonly refresh: (application: ApplicationView) => Promise<RequestOutcome>;
  /** Applies only these ConfigMaps, without pruning, as an automated sync. */
  readonly sync: (application: ApplicationView, configMaps: readonly ManagedResource[]) => Promise<RequestOutcome>;
}

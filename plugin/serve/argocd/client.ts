import type { ApplicationView, ManagedResource } from '../../argocd/application.ts';

/**
 * What became of a request:
 * - `asked`: Argo CD has it
 * - `changed`: the Application is not as it was seen; look again once it is
 * - `busy`: another operation is in progress, which does the same
 * - `held`: sync windows decide; Argo CD's self-heal syncs where they let it
 */
export type RequestOutcome = 'accepted' | 'changed' | 'busy' | 'deferred';

/** The two things that Argo CD is asked for. Both reject with a `PluginError` where they cannot. */
export interface ArgoCdClient {
  /** To generate the manifests anew, whatever is in its cache. */
  readonly refresh: (application: ApplicationView) => Promise<RequestOutcome>;
  /** To apply these ConfigMaps and nothing else, and to prune nothing, as automated sync would. */
  readonly sync: (application: ApplicationView, configMaps: readonly ManagedResource[]) => Promise<RequestOutcome>;
}

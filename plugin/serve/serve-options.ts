import type { GitHosts } from '../argocd/links.ts';
import type { Connection } from '../cluster/connection/connection.ts';
import type { NamespaceScope } from '../cluster/types.ts';
import type { ArgoCdClient } from './argocd/client.ts';
import type { SyncMode } from './argocd/sync-state-machine.ts';
import type { OpenCluster } from './clusters/open-cluster.ts';
import type { ReadMembers } from './clusters/read-members.ts';
import type { Emit } from './events.ts';
import type { MetricsAccess } from './flag-values.ts';
import type { CertificateFiles } from './http/tls.ts';
import type { LeaderElectionOptions } from './leader-election/leader-election.ts';

export interface ServeOptions {
  readonly connection: Connection;
  /** Where Services are watched. */
  readonly scope: NamespaceScope;
  /** Where generated ConfigMaps are watched. */
  readonly configMaps: NamespaceScope;
  /** Where Applications are watched. */
  readonly applications: NamespaceScope;
  /**
   * Namespace of Argo CD. What an Application's status says about it is ignored: the Application's author may write
   * that.
   */
  readonly argoCdNamespace: string;
  /** Further names and servers by which Argo CD refers to the cluster it runs in. */
  readonly ownClusters: readonly string[];
  /** Name of the plugin in Argo CD. */
  readonly plugin: string;
  /** Address of Argo CD's UI, with a trailing slash; `null` if unknown. */
  readonly argoCdUrl: URL | null;
  /** Page formats of Git hosts, in addition to the well-known ones. */
  readonly gitHosts: GitHosts;
  readonly policyFile: string | undefined;
  /** Opens the other clusters that Applications deploy to; `null` if only Argo CD's own is watched. */
  readonly openCluster: OpenCluster | null;
  /** Finds the clusters of multi-cluster ConfigMaps. */
  readonly readMembers: ReadMembers;
  /** Without a policy, whether Applications may read any other cluster. */
  readonly allowAnyCluster: boolean;
  /** Whether backends of other clusters may be probed through their cluster's API server. */
  readonly allowServiceProxy: boolean;
  /** A request in flight at `signal` is finished. */
  readonly argoCd: ArgoCdClient;
  readonly syncMode: SyncMode;
  readonly resyncMs: number;
  /** `null` without leader election: this replica is always the leader. */
  readonly lease: Pick<LeaderElectionOptions, 'namespace' | 'name' | 'identity'> | null;
  /** `host` is `null` for all addresses. */
  readonly listen: { readonly host: string | null; readonly port: number };
  /** `null` for plain HTTP. */
  readonly tls: CertificateFiles | null;
  /** File with the secret of Argo CD's proxy extension; `null` to deny it access. */
  readonly extensionSecretFile: string | null;
  readonly metricsAccess: MetricsAccess;
  /** How long it keeps serving once it is no longer ready, so that proxies stop sending requests. */
  readonly shutdownDelayMs: number;
  readonly version: string;
  readonly emit: Emit;
  /** Called once every collection of Argo CD's own cluster has been listed, before ConfigMaps are evaluated. */
  readonly onSynced?: () => void;
  /** Shuts the process down in order. */
  readonly signal: AbortSignal;
}

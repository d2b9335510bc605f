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
  /** Where Argo CD itself is. What an Application's status says of it is not used: its author may write that. */
  readonly argoCdNamespace: string;
  /** Further names and servers that Argo CD has for the cluster that it runs in. */
  readonly ownClusters: readonly string[];
  /** Name of the plugin in Argo CD. */
  readonly plugin: string;
  /** Where people open Argo CD's UI, with a slash at its end; `null` where that is not known. */
  readonly argoCdUrl: URL | null;
  /** Kinds of the pages of Git hosts, besides those that are well known. */
  readonly gitHosts: GitHosts;
  readonly policyFile: string | undefined;
  /** Opens the other clusters that Applications deploy to; `null` where only the own one is watched. */
  readonly openCluster: OpenCluster | null;
  /** Finds the clusters of ConfigMaps that are made of several. */
  readonly readMembers: ReadMembers;
  /** Without a policy, Applications may read any of them. */
  readonly allowAnyCluster: boolean;
  /** Whether backends of other clusters may be asked through the API server of their cluster. */
  readonly allowServiceProxy: boolean;
  /** A request that is in flight at `signal` is finished. */
  readonly argoCd: ArgoCdClient;
  readonly syncMode: SyncMode;
  readonly resyncMs: number;
  /** `null` without leader election: this replica is always the leader. */
  readonly lease: Pick<LeaderElectionOptions, 'namespace' | 'name' | 'identity'> | null;
  /** `host` is `null` for every address. */
  readonly listen: { readonly host: string | null; readonly port: number };
  /** `null` for plain HTTP. */
  readonly tls: CertificateFiles | null;
  /** Holds the secret of Argo CD's proxy extension; `null` where it has no access. */
  readonly extensionSecretFile: string | null;
  readonly metricsAccess: MetricsAccess;
  /** How long it keeps serving after it is no longer ready, so that proxies stop sending requests. */
  readonly shutdownDelayMs: number;
  readonly version: string;
  readonly emit: Emit;
  /** Called once every collection of the own cluster has been listed, before ConfigMaps are evaluated. */
  readonly onSynced?: () => void;
  /** Ends the process in order. */
  readonly signal: AbortSignal;
}

import type { RequestOptions } from 'node:https';

/** Which cluster to connect to. */
export interface ConnectionOptions {
  /** File of the kubeconfig. */
  readonly kubeconfig?: string | undefined;
  /**
   * Used without `kubeconfig`: files with the system's separator between them, as KUBECONFIG holds them. Without either,
   * `~/.kube/config` is read, and where that is missing, the Pod's own service account.
   */
  readonly defaultKubeconfig?: string | undefined;
  /** Context of the kubeconfig; its current one unless given. */
  readonly context?: string | undefined;
  /** Where Kubernetes tells a Pod that its API server is; `null` outside of a Pod. */
  readonly apiServer?: ApiServerAddress | null | undefined;
  /** Of this process: none unless given. */
  readonly variables?: ProcessVariables | undefined;
}

/** The environment of this process, which commands that print a credential inherit. */
export type ProcessVariables = Readonly<Record<string, string | undefined>>;

/** The values of KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT. */
export interface ApiServerAddress {
  readonly host: string;
  readonly port: string;
}

/** An API server's address, and how to authenticate to it. */
export interface Connection {
  readonly server: URL;
  /** Request options with a credential. Call it for each request: tokens from files, exec plugins and OIDC expire. */
  readonly authenticate: () => Promise<RequestOptions>;
  /** The server answered 401: what is kept of a credential, which may have been withdrawn, is got anew for the next request. */
  readonly rejected?: () => void;
  readonly close: () => void;
}

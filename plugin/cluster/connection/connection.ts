import type { RequestOptions } from 'node:https';

/** Which cluster to connect to. */
export interface ConnectionOptions {
  /** Path of the kubeconfig file. */
  readonly kubeconfig?: string | undefined;
  /**
   * Used without `kubeconfig`: paths joined by the system's separator, as in KUBECONFIG. Without either,
   * `~/.kube/config` is read; if that is missing, the Pod's own service account is used.
   */
  readonly defaultKubeconfig?: string | undefined;
  /** Context of the kubeconfig; defaults to its current one. */
  readonly context?: string | undefined;
  /** The API server address that Kubernetes gives a Pod; `null` outside of a Pod. */
  readonly apiServer?: ApiServerAddress | null | undefined;
  /** Variables of this process; none by default. */
  readonly variables?: ProcessVariables | undefined;
}

/** The environment of this process, inherited by commands that print a credential. */
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
  /**
   * Called after a 401: discards the cached credential, which may have been revoked, so that the next request gets a
   * new one.
   */
  readonly rejected?: () => void;
  readonly close: () => void;
}

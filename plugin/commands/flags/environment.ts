import type { ApiServerAddress, ProcessVariables } from '../../cluster/connection/connection.ts';
import type { ApplicationInput } from '../../settings/application-parameters/read.ts';
import type { TerminalTraits } from '../terminal/terminal.ts';

/** What a run knows besides its arguments. */
export interface Environment {
  /** The Argo CD project of the Application being generated. */
  readonly project?: string | undefined;
  /** Path of the Application in its repository, as given by Argo CD. */
  readonly sourcePath?: string | undefined;
  readonly application?: ApplicationInput | undefined;
  /**
   * The Application being generated, as named by Argo CD: with the prefix `namespace_` outside of Argo CD's own
   * namespace.
   */
  readonly argoCdApplication?: string | undefined;
  /** Traits of the terminal, if stdout is one. */
  readonly terminal?: TerminalTraits;
  /** Files to read without --kubeconfig: the value of KUBECONFIG. */
  readonly defaultKubeconfig?: string | undefined;
  /** The API server address that Kubernetes gives a Pod; `null` outside of a Pod. */
  readonly apiServer?: ApiServerAddress | null;
  /** All variables of this process, for commands that print a cluster's credential. */
  readonly variables?: ProcessVariables | undefined;
  readonly job?: JobVariables;
  /** PATH, proxies and the like, for child processes. */
  readonly machine?: MachineVariables;
  /** Version of this program. */
  readonly version?: string;
  /** Whether this runs in a thread, which can be terminated. */
  readonly inThread?: boolean;
  readonly onStage?: ((stage: string) => void) | undefined;
}

/** Variables of a GitHub or GitLab job that identify its pull request; empty outside of one. */
export const jobVariables = [
  'GITHUB_API_URL',
  'GITHUB_REF',
  'GITHUB_REPOSITORY',
  'GITHUB_TOKEN',
  'CI_API_V4_URL',
  'CI_MERGE_REQUEST_IID',
  'CI_MERGE_REQUEST_PROJECT_ID',
  'GITLAB_TOKEN',
] as const;

/** Variables of the machine that git needs, to be found and to reach the network. */
export const machineVariables = [
  'PATH',
  'TMPDIR',
  'HTTPS_PROXY',
  'https_proxy',
  'HTTP_PROXY',
  'http_proxy',
  'ALL_PROXY',
  'all_proxy',
  'NO_PROXY',
  'no_proxy',
] as const;

export type MachineVariables = Readonly<Partial<Record<(typeof machineVariables)[number], string | undefined>>>;

export type JobVariables = Readonly<Partial<Record<(typeof jobVariables)[number], string | undefined>>>;

import type { ApiServerAddress, ProcessVariables } from '../../cluster/connection/connection.ts';
import type { ApplicationInput } from '../../settings/application-parameters/read.ts';
import type { TerminalTraits } from '../terminal/terminal.ts';

/** What a run knows besides its arguments. */
export interface Environment {
  /** The Argo CD project of the Application that is being generated. */
  readonly project?: string | undefined;
  /** Path of the Application in its repository, as Argo CD tells it. */
  readonly sourcePath?: string | undefined;
  readonly application?: ApplicationInput | undefined;
  /** The Application that is being generated, as Argo CD names it; outside of its own namespace with a `namespace_` before. */
  readonly argoCdApplication?: string | undefined;
  /** Of the terminal that stdout is. */
  readonly terminal?: TerminalTraits;
  /** Value of KUBECONFIG. */
  readonly kubeconfig?: string | undefined;
  /** Where Kubernetes tells a Pod that its API server is; `null` outside of a Pod. */
  readonly apiServer?: ApiServerAddress | null;
  /** All variables of this process, for commands that print a credential for a cluster. */
  readonly variables?: ProcessVariables | undefined;
  readonly job?: JobVariables;
  /** PATH, proxies and the like, for programs that are started. */
  readonly machine?: MachineVariables;
  /** Of this program. */
  readonly version?: string;
  /** Whether this is a thread that can be ended. */
  readonly inThread?: boolean;
  readonly onStage?: ((stage: string) => void) | undefined;
}

/** Variables of a job of GitHub or GitLab that say which pull request it is for; empty outside of one. */
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

/** Variables of the machine that git needs to be found and to reach a network. */
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

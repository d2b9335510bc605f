import { clusterName, deadline, time } from './values.ts';

/** A flag: how to read it, and its text in help, completion and docs/cli.md. */
export interface Option {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  readonly multiple?: boolean;
  /** Placeholder of its value: `FILE`. Absent for a switch. */
  readonly value?: string;
  /** All possible values, if they are a few words. */
  readonly values?: readonly string[];
  readonly default?: string;
  /** Reads its value, which is text otherwise. Fails with USAGE. */
  readonly parse?: (flag: string, text: string) => unknown;
  /** What its value is called among the parsed flags, if not as the flag itself, in camel case. */
  readonly field?: string;
  /** Half a sentence without a full stop. */
  readonly about: string;
}

/** Possible decisions about a Service: the values of `--decision`, in the order in which `explain` prints them. */
export const decisions = ['selected', 'unhealthy', 'denied', 'redundant', 'rejected', 'ignored'] as const;

/** Values of `explain --sort-by`. */
const sortKeys = ['decision', 'service', 'toolset'] as const;

/** Kinds of health check. */
const checks = ['http', 'readiness', 'none'] as const;

/** Platforms of `review --comment`. */
export const platforms = ['github', 'gitlab'] as const;

/** All flags except those of `serve` and `propose` alone, in the order of help. */
export const options = {
  output: { type: 'string', short: 'o', value: 'FORMAT', about: 'output format' },
  namespace: {
    type: 'string',
    short: 'n',
    multiple: true,
    field: 'namespaces',
    value: 'NAME',
    about: 'only show Services in this namespace; may be repeated',
  },
  'all-namespaces': { type: 'boolean', short: 'A', about: 'show Services in all namespaces, the default' },
  decision: {
    type: 'string',
    value: 'KIND',
    values: decisions,
    multiple: true,
    field: 'decisions',
    about: 'only show Services with this decision; may be repeated',
  },
  product: {
    type: 'string',
    value: 'NAME',
    multiple: true,
    field: 'products',
    about: 'only show this detector or toolset, such as prometheus or grafana/loki; may be repeated',
  },
  'sort-by': { type: 'string', value: 'KEY', values: sortKeys, about: 'order of the Services (default: decision)' },
  all: { type: 'boolean', about: 'also show Services unrelated to any known product' },
  toolset: {
    type: 'string',
    value: 'NAME',
    about: 'explain which Service, file or default each line of this toolset comes from',
  },
  target: {
    type: 'string',
    value: 'TARGET',
    about: 'only this target, by its format or the NAMESPACE/NAME of its ConfigMap',
  },
  report: { type: 'boolean', about: 'print an anonymised report about SERVICE, for reporting a misdetection' },
  against: {
    type: 'string',
    value: 'DIR',
    about: "compare with what these files generate instead of the live ConfigMap, such as a pull request's base",
  },
  'target-version': {
    type: 'string',
    value: 'RELEASE',
    about: 'show what moving to this release of HolmesGPT would change, such as 0.45',
  },
  comment: {
    type: 'string',
    value: 'PLATFORM',
    values: platforms,
    about: 'keep one comment on the pull or merge request up to date; reads the variables of the job',
  },
  'recorded-at': {
    type: 'string',
    value: 'TIME',
    parse: time,
    about: 'when the snapshot was recorded, such as 2026-01-31T12:00:00Z, to show its age',
  },
  write: { type: 'boolean', about: 'write the file in --path instead of printing it' },
  'keep-discovered': { type: 'boolean', about: 'keep discovered toolsets that the live ConfigMap lacks' },
  'argocd-namespace': {
    type: 'string',
    value: 'NAME',
    field: 'argoCdNamespace',
    about: "Argo CD's namespace; by default argocd, and in the plugin the namespace of its Pod",
  },
  'first-question': {
    type: 'boolean',
    about: "instead of the checks, ask each store from here what HolmesGPT's tools ask it first",
  },
  skip: { type: 'string', value: 'CHECK', multiple: true, about: 'skip this check; may be repeated' },
  path: { type: 'string', value: 'DIR', default: '.', about: 'folder with toolset.yaml and overrides.yaml' },
  snapshot: {
    type: 'string',
    value: 'FILE|-',
    about: 'a recorded cluster instead of a live one: kubectl get svc,endpointslices,ns,cm -A -o yaml',
  },
  kubeconfig: {
    type: 'string',
    value: 'FILE',
    about: "kubeconfig file; by default KUBECONFIG, ~/.kube/config, then the Pod's service account",
  },
  context: { type: 'string', value: 'NAME', about: 'kubeconfig context' },
  'own-cluster': {
    type: 'string',
    value: 'NAME|URL',
    multiple: true,
    field: 'ownClusters',
    about: 'another name or server URL of the cluster that Argo CD runs in; may be repeated',
  },
  cluster: {
    type: 'string',
    value: 'NAME',
    parse: clusterName,
    about: 'read this other cluster, by its name or API server URL; overrides the parameter and toolset.yaml',
  },
  clusters: {
    type: 'string',
    value: 'DIR',
    about: 'kubeconfigs of other clusters, one file each; the file name without extension names the cluster',
  },
  'cluster-secret': {
    type: 'string',
    value: 'NAME',
    multiple: true,
    field: 'clusterSecrets',
    about: "Argo CD's Secret for reaching another cluster; may be repeated; '*' lists all of them",
  },
  'allow-any-cluster': {
    type: 'boolean',
    about: 'without a policy, let toolset.yaml and Applications name any of these clusters',
  },
  'allow-insecure-clusters': {
    type: 'boolean',
    about: 'let kubeconfigs and Secrets of other clusters turn off verification of the server',
  },
  'allow-service-proxy': {
    type: 'boolean',
    about: 'let toolset.yaml probe backends in other clusters through the service proxy of their API server',
  },
  'cluster-exec': {
    type: 'string',
    value: 'COMMAND',
    multiple: true,
    about: "a command that may run to get another cluster's credential, such as argocd-k8s-auth; may be repeated",
  },
  policy: {
    type: 'string',
    value: 'FILE',
    about: 'which namespaces and clusters each Argo CD project may see; owned by the platform, not by Git',
  },
  project: {
    type: 'string',
    value: 'NAME',
    about: 'Argo CD project to apply the policy for; by default ARGOCD_APP_PROJECT_NAME',
  },
  check: {
    type: 'string',
    value: 'KIND',
    values: checks,
    about: 'health check; by default that of toolset.yaml, or readiness with --snapshot',
  },
  deadline: {
    type: 'string',
    value: 'TIME',
    default: '45s',
    parse: deadline,
    field: 'deadlineMs',
    about: 'give up after this time; at most 1h',
  },
  verbose: { type: 'boolean', short: 'v', about: 'print each step to stderr' },
} as const satisfies Readonly<Record<string, Option>>;

export type FlagName = keyof typeof options;

/** How the platform gives access to clusters other than Argo CD's own. */
export const otherClusterFlags = [
  ...(['clusters', 'cluster-secret', 'allow-any-cluster'] as const),
  ...(['allow-insecure-clusters', 'allow-service-proxy', 'cluster-exec'] as const),
];

/** Flags of every command that reads a cluster. */
export const clusterFlags = [
  ...(['kubeconfig', 'context', 'own-cluster', 'cluster', 'argocd-namespace'] as const),
  ...otherClusterFlags,
  ...(['policy', 'project', 'deadline', 'verbose'] as const),
];

/** Flags of every command that runs discovery. */
export const discoveryFlags = [...(['target', 'path', 'snapshot', 'check'] as const), ...clusterFlags];

/** The declarations of these flags, in the same order. */
export function optionsNamed<const Name extends FlagName>(names: readonly Name[]): Pick<typeof options, Name> {
  return Object.fromEntries(names.map((name) => [name, options[name]])) as Pick<typeof options, Name>;
}

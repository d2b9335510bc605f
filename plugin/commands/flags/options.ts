/** A flag: how it is read, and what help, completion and docs/cli.md say of it. */
export interface Option {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  readonly multiple?: boolean;
  /** What follows it: `FILE`. A switch has none. */
  readonly value?: string;
  /** All that may follow it, where these are a few words. */
  readonly values?: readonly string[];
  readonly default?: string;
  /** Half a sentence without a full stop. */
  readonly about: string;
}

/** Where the decision about a Service can end: `--decision` takes these, in the order in which `explain` prints them. */
export const decisions = ['selected', 'unhealthy', 'denied', 'redundant', 'rejected', 'ignored'] as const;

/** What `explain --sort-by` takes. */
export const sortKeys = ['decision', 'service', 'toolset'] as const;

/** Kinds of health check. */
export const checks = ['http', 'readiness', 'none'] as const;

/** Where `review --comment` writes. */
export const platforms = ['github', 'gitlab'] as const;

/** Every flag but those of `serve`, in the order of help. */
export const options = {
  output: { type: 'string', short: 'o', value: 'FORMAT', about: 'form of what is printed' },
  namespace: {
    type: 'string',
    short: 'n',
    multiple: true,
    value: 'NAME',
    about: 'show Services of this namespace alone; may be repeated',
  },
  'all-namespaces': { type: 'boolean', short: 'A', about: 'show Services of all namespaces, which is the default' },
  decision: {
    type: 'string',
    value: 'KIND',
    values: decisions,
    multiple: true,
    about: 'show Services decided so alone; may be repeated',
  },
  product: {
    type: 'string',
    value: 'NAME',
    multiple: true,
    about: 'show what is of this detector or toolset alone, such as prometheus or grafana/loki; may be repeated',
  },
  'sort-by': { type: 'string', value: 'KEY', values: sortKeys, about: 'order of the Services (default: decision)' },
  all: { type: 'boolean', about: 'show Services too that have nothing to do with a known product' },
  toolset: {
    type: 'string',
    value: 'NAME',
    about: 'explain one toolset line by line: which Service, file or default it comes from',
  },
  target: {
    type: 'string',
    value: 'TARGET',
    about: 'one of several targets alone, by its format or the NAMESPACE/NAME of its ConfigMap',
  },
  report: { type: 'boolean', about: 'print an anonymised report about SERVICE, to be sent with a misdetection' },
  against: {
    type: 'string',
    value: 'DIR',
    about: "compare with what these files give, instead of the live ConfigMap: a pull request's base",
  },
  'target-version': {
    type: 'string',
    value: 'RELEASE',
    about: 'say what this release of HolmesGPT would change, such as 0.45, instead of what is so now',
  },
  comment: {
    type: 'string',
    value: 'PLATFORM',
    values: platforms,
    about: 'keep one comment of the pull or merge request up to date with it, by the variables of the job',
  },
  'recorded-at': {
    type: 'string',
    value: 'TIME',
    about: 'when the snapshot was recorded, such as 2026-01-31T12:00:00Z, to be told with its age',
  },
  write: { type: 'boolean', about: 'write the file in --path instead of stdout' },
  'keep-discovered': { type: 'boolean', about: 'leave discovered toolsets in force that the live ConfigMap lacks' },
  'argocd-namespace': {
    type: 'string',
    value: 'NAME',
    about: 'where Argo CD is; by default argocd, and for the plugin the namespace of its Pod',
  },
  'first-question': {
    type: 'boolean',
    about: "ask each store what HolmesGPT's tools ask it first, from here, instead of the checks",
  },
  skip: { type: 'string', value: 'CHECK', multiple: true, about: 'leave a check out; may be repeated' },
  path: { type: 'string', value: 'DIR', default: '.', about: 'folder with toolset.yaml and overrides.yaml' },
  snapshot: {
    type: 'string',
    value: 'FILE|-',
    about: 'a recorded cluster instead of a live one: kubectl get svc,endpointslices,ns,cm -A -o yaml',
  },
  kubeconfig: {
    type: 'string',
    value: 'FILE',
    about: "the cluster; by default KUBECONFIG, ~/.kube/config, then the Pod's service account",
  },
  context: { type: 'string', value: 'NAME', about: 'context of the kubeconfig' },
  'own-cluster': {
    type: 'string',
    value: 'NAME|URL',
    multiple: true,
    about: 'another name or server that Argo CD has for the cluster it runs in; may be repeated',
  },
  cluster: {
    type: 'string',
    value: 'NAME',
    about:
      'another cluster to read, by its name or the URL of its API server; wins over the parameter and toolset.yaml',
  },
  clusters: {
    type: 'string',
    value: 'DIR',
    about: 'kubeconfigs of other clusters, one file for each: its name without extension is that of the cluster',
  },
  'cluster-secret': {
    type: 'string',
    value: 'NAME',
    multiple: true,
    about: "a Secret of Argo CD that says how to reach another cluster; may be repeated; '*' lists all of them",
  },
  'allow-any-cluster': {
    type: 'boolean',
    about: 'without a policy, let toolset.yaml and Applications name any of these clusters',
  },
  'allow-insecure-clusters': {
    type: 'boolean',
    about: 'let what says how to reach them turn the verification of the server off',
  },
  'allow-service-proxy': {
    type: 'boolean',
    about: 'let toolset.yaml have their backends asked through the service proxy of their API server',
  },
  'cluster-exec': {
    type: 'string',
    value: 'COMMAND',
    multiple: true,
    about: 'a command that may be run for a credential of them, such as argocd-k8s-auth; may be repeated',
  },
  policy: {
    type: 'string',
    value: 'FILE',
    about: 'which namespaces and clusters each Argo CD project may see; owned by the platform, not by Git',
  },
  project: {
    type: 'string',
    value: 'NAME',
    about: 'the project that the policy is applied to; by default ARGOCD_APP_PROJECT_NAME',
  },
  check: {
    type: 'string',
    value: 'KIND',
    values: checks,
    about: 'health check; by default as toolset.yaml says, and readiness with --snapshot',
  },
  deadline: { type: 'string', value: 'TIME', default: '45s', about: 'give up after this time; at most 1h' },
  verbose: { type: 'boolean', short: 'v', about: 'say on stderr what is being done' },
} as const satisfies Readonly<Record<string, Option>>;

export type FlagName = keyof typeof options;

/** Every switch on, and text where text can be. */
export const everything = {
  image: {
    repository: 'registry.example.com/dynamic-toolset',
    digest: `sha256:${'0123456789abcdef'.repeat(4)}`,
    pullPolicy: 'Always',
    pullSecrets: ['registry'],
  },
  argocd: { applicationNamespaces: ['team-a'] },
  targets: [
    { namespace: 'holmesgpt', configMap: 'custom-toolsets-configmap' },
    { namespace: 'team-a', configMap: 'one' },
    { namespace: 'team-a', configMap: 'two' },
  ],
  discovery: { namespaces: ['monitoring'] },
  clusters: { kubeconfigSecret: 'dynamic-toolset-clusters', secrets: ['cluster-spoke', 'cluster-10.0.0.1-123'] },
  policy: { projects: { toolsets: { namespaces: { include: ['*'] }, clusters: ['*'] } } },
  serve: {
    ask: 'api',
    tlsSecret: 'serve-tls',
    extensionSecret: 'ui-extension',
    extraArgs: ['--resync=5m'],
    extraEnv: [{ name: 'HTTPS_PROXY', value: 'http://proxy.example.com:3128' }],
    extraEnvFrom: [{ secretRef: { name: 'proxy', optional: true } }],
    extraVolumes: [{ name: 'tools', emptyDir: {} }],
    extraVolumeMounts: [{ name: 'tools', mountPath: '/opt/tools', readOnly: true }],
    podAnnotations: { note: 'a: "b"' },
    podLabels: { team: 'platform', 'app.kubernetes.io/name': 'other' },
    serviceAccountAnnotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::123456789012:role/toolset' },
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    tolerations: [{ key: 'infra', operator: 'Exists' }],
    affinity: { nodeAffinity: {} },
    priorityClassName: 'high',
    // Of OpenShift's: from here on Helm writes a number with an exponent.
    runAsUser: 1_000_690_000,
  },
  networkPolicy: {
    extraIngress: [{ from: [{ namespaceSelector: {} }] }],
    extraEgress: [{ to: [{ ipBlock: { cidr: '10.1.0.1/32' } }], ports: [{ port: 8443 }] }],
    apiServer: { cidrs: ['10.0.0.1/32'], ports: [16443] },
  },
  monitoring: {
    serviceMonitor: { enabled: true, labels: { release: 'prometheus', 'app.kubernetes.io/instance': 'prometheus' } },
    prometheusRule: { enabled: true },
    dashboard: { enabled: true },
  },
  application: { enabled: true, repoURL: 'https://git.example.com/a b.git' },
};

/** Namespaces and names that are valid, and numbers in YAML without quotes. */
export const inNumbers = {
  ...everything,
  image: { ...everything.image, pullSecrets: ['7'] },
  argocd: { namespace: '1234', applicationNamespaces: ['1234'], repoServerServiceAccount: '8' },
  targets: [{ namespace: '1234', configMap: '9' }],
  discovery: { namespaces: ['1234'] },
  clusters: { kubeconfigSecret: '16', secrets: ['15'] },
  serve: { ...everything.serve, tlsSecret: '10', extensionSecret: '11', priorityClassName: '12' },
  networkPolicy: { prometheusNamespace: '1234' },
  application: { ...everything.application, name: '13', project: '14' },
};

/** Values that are refused: what is wrong, and what Helm says of it. */
export const mistakes: readonly (readonly [string, object, string])[] = [
  ['an unknown value', { serve: { replica: 3 } }, "at '/serve': additional properties 'replica' not allowed"],
  ['a value of the wrong type', { serve: { replicas: 'two' } }, "at '/serve/replicas': got string, want integer"],
  ['a value outside of its enum', { serve: { ask: 'grpc' } }, "at '/serve/ask': value must be one of 'patch', 'api'"],
  ['an empty list of targets', { targets: [] }, "at '/targets': minItems: got 0, want 1"],
  ['targets that are null', { targets: null }, "at '': missing property 'targets'"],
  ['a missing namespace of Argo CD', { argocd: { namespace: null } }, "at '/argocd': missing property 'namespace'"],
  [
    'a network policy without ports',
    { networkPolicy: { apiServer: { ports: null } } },
    "at '/networkPolicy/apiServer': missing property 'ports'",
  ],
  ['a target without its ConfigMap', { targets: [{ namespace: 'a' }] }, "missing property 'configMap'"],
  ['an invalid digest', { image: { digest: 'sha256:1234' } }, "at '/image/digest': 'sha256:1234' does not match"],
  [
    'an invalid name of a Secret',
    { serve: { extensionSecret: 'UI secret' } },
    "at '/serve/extensionSecret': 'UI secret' does not match",
  ],
  [
    'a name that is invalid for a Service',
    { fullnameOverride: '2nd-toolset' },
    "at '/fullnameOverride': '2nd-toolset' does not match",
  ],
  ['an invalid namespace', { argocd: { namespace: 'Argo CD' } }, "at '/argocd/namespace': 'Argo CD' does not match"],
  [
    'an Application without a repository',
    { application: { enabled: true } },
    'application.repoURL has to name the Git',
  ],
  ['other clusters without a policy', { clusters: { secrets: ['cluster-spoke'] } }, 'needs policy.projects'],
  ['kubeconfigs without a policy', { clusters: { kubeconfigSecret: 'kubeconfigs' } }, 'needs policy.projects'],
  ['a volume without a name', { serve: { extraVolumes: [{ emptyDir: {} }] } }, "missing property 'name'"],
  ['metrics with tokens but without the API', { serve: { api: false } }, 'set serve.metricsAccess=anonymous'],
];

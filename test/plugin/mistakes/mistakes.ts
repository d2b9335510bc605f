import type { Environment } from '../../../plugin/commands/flags/environment.ts';

/** A mistake as people make it, and what has to be told of it: a code, a place, and what to do. */
export interface Mistake {
  readonly title: string;
  readonly files?: Readonly<Record<string, string>>;
  /** `FOLDER` is where the files are, `CLUSTER` a recorded cluster. By default `validate` of the folder. */
  readonly args?: readonly string[];
  readonly environment?: Environment;
  /** A Git repository, `REPOSITORY`: files by branch, of which each but `main` is a commit on top of that. */
  readonly repository?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly code: string;
  /** `file:line:column`, or the flag, parameter or name that is at fault. */
  readonly place: string;
  /** A part of the message or the hint. */
  readonly remedy: string;
}

type Told = readonly [code: string, place: string, remedy: string];

const generate = ['generate', '--path', 'FOLDER', '--snapshot', 'CLUSTER'];
const explain = ['explain', '--path', 'FOLDER', '--snapshot', 'CLUSTER'];
const underPolicy = [...generate, '--policy', 'FOLDER/policy.yaml', '--project', 'team-a'];
const head = 'apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: ToolsetConfig\n';
const policyHead = 'apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: DiscoveryPolicy\nspec:\n  projects:\n';
const kubeconfig = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Config',
  clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
  contexts: [{ name: 'prod', context: { cluster: 'c', user: 'u' } }],
  users: [{ name: 'u', user: { token: 'x' } }],
});

function inFile(
  name: string,
  title: string,
  text: string,
  [code, place, remedy]: Told,
  args?: readonly string[],
): Mistake {
  return { title: `${name}: ${title}`, files: { [name]: text }, code, place, remedy, ...(args ? { args } : {}) };
}

/** In overrides.yaml. */
function override(title: string, text: string, told: Told, args?: readonly string[]): Mistake {
  return inFile('overrides.yaml', title, text, told, args);
}

/** In toolset.yaml, below `spec`, which is its third line. */
function setting(title: string, spec: string, told: Told, args?: readonly string[]): Mistake {
  return inFile('toolset.yaml', title, `${head}spec:\n${spec.replace(/^/gm, '  ')}\n`, told, args);
}

const readme = { 'README.md': 'fleet\n' };
const valuesKey = ['--file', 'values.yaml', '--key', '/holmes/toolsets'];

/** Of `propose`, for a repository with these branches. */
function proposal(
  title: string,
  repository: NonNullable<Mistake['repository']>,
  [code, place, remedy]: Told,
  args: readonly string[] = [],
  environment: Environment = { machine: { PATH: process.env.PATH } },
): Mistake {
  const all = ['propose', '--path', 'FOLDER', '--snapshot', 'CLUSTER', '--settle', '0s'];
  const given = ['--repository', 'REPOSITORY', '--file', 'toolsets.yaml'].filter(
    (_, index, some) => !args.includes(some[index - (index % 2)] ?? ''),
  );
  const files = { token: 'forge-token\n' };
  return {
    title: `propose: ${title}`,
    files,
    repository,
    args: [...all, ...given, ...args],
    environment,
    code,
    place,
    remedy,
  };
}

function detector(title: string, lines: string, told: Told): Mistake {
  const toolset = 'toolset: {name: beacon, template: {description: Beacon}}';
  return setting(title, `customDetectors:\n  - id: beacon\n    ${lines}\n    ${toolset}`, told);
}

function patch(title: string, text: string, told: Told, args?: readonly string[]): Mistake {
  return inFile('patches.yaml', title, text, told, args);
}

function parameter(title: string, parameters: readonly object[], [code, place, remedy]: Told): Mistake {
  const environment = { application: { parameters: JSON.stringify(parameters) } };
  return { title: `Application: ${title}`, args: generate, environment, code, place, remedy };
}

function variable(title: string, variables: Readonly<Record<string, string>>, [code, place, remedy]: Told): Mistake {
  return {
    title: `Application: ${title}`,
    args: generate,
    environment: { application: { variables } },
    code,
    place,
    remedy,
  };
}

function flag(title: string, args: readonly string[], [code, place, remedy]: Told, files = {}): Mistake {
  return { title: `command line: ${title}`, args, files, code, place, remedy };
}

function policy(title: string, rules: string, told: Told, start = policyHead): Mistake {
  return inFile('policy.yaml', title, `${start}${rules}`, told, underPolicy);
}

export const mistakes: readonly Mistake[] = [
  override('config is indented too little', 'toolsets:\n  grafana/loki:\n  config:\n    api_url: http://a.b:3100\n', [
    'OVERRIDE_REJECTED',
    'overrides.yaml:3:3',
    'indent it further',
  ]),
  override('a tab', 'toolsets:\n\tgrafana/loki: {}\n', [
    'OVERRIDES_INVALID',
    'overrides.yaml:2:1',
    'indent with spaces',
  ]),
  override('a list instead of a map', 'toolsets:\n  - grafana/loki: {enabled: true}\n', [
    'OVERRIDES_INVALID',
    'overrides.yaml:2:3',
    'toolsets: {NAME: {',
  ]),
  override('a misspelt section', 'toolset:\n  grafana/loki: {enabled: true}\n', [
    'OVERRIDES_INVALID',
    'overrides.yaml:1:1',
    'did you mean "toolsets"?',
  ]),
  override('toolsets outside the toolsets section', 'grafana/loki:\n  enabled: false\n', [
    'OVERRIDES_INVALID',
    'overrides.yaml:1:1',
    'indent below toolsets:',
  ]),
  override('values of the Helm chart', 'holmes:\n  toolsets: {}\n', [
    'OVERRIDES_INVALID',
    'overrides.yaml:1:1',
    'moved from "holmes" to the top level',
  ]),
  override('a misspelt toolset', 'toolsets:\n  prometheus/metric: {enabled: false}\n', [
    'OVERRIDE_REJECTED',
    'overrides.yaml:2:3',
    'did you mean "prometheus/metrics"?',
  ]),
  override('a misspelt key', 'toolsets:\n  grafana/loki:\n    config:\n      api_ulr: http://a.b:3100\n', [
    'CONFIG_KEY_UNKNOWN',
    'overrides.yaml:4:7',
    'did you mean "api_url"?',
  ]),
  override('a key beside config', 'toolsets:\n  grafana/loki:\n    api_url: http://a.b:3100\n', [
    'OVERRIDE_REJECTED',
    'overrides.yaml:3:5',
    'move it into config',
  ]),
  override(
    'a URL without a scheme',
    'toolsets:\n  prometheus/metrics:\n    config:\n      prometheus_url: mimir.obs.svc:8080\n',
    ['OVERRIDE_REJECTED', 'overrides.yaml:4:23', 'http://'],
  ),
  override(
    'a secret',
    'toolsets:\n  grafana/dashboards:\n    config:\n      api_key: glsa_HOruNAb7SOiCdshU7algkrq7FDsNSLAa_55e2f8be\n',
    ['SECRET_INLINE', 'overrides.yaml:4:16', 'write `{{ env.NAME }}`'],
  ),
  override('a variable of a shell', 'toolsets:\n  grafana/dashboards:\n    config:\n      api_key: $GRAFANA_TOKEN\n', [
    'CONFIG_KEY_UNKNOWN',
    'overrides.yaml:4:16',
    'write {{ env.GRAFANA_TOKEN }}',
  ]),
  override(
    'an unquoted template',
    'toolsets:\n  grafana/dashboards:\n    config:\n      api_key: {{ env.GRAFANA_API_KEY }}\n',
    ['OVERRIDES_INVALID', 'overrides.yaml:4:17', 'write it in quotes: "{{ env.NAME }}"'],
  ),
  override('a duplicate toolset', 'toolsets:\n  grafana/loki: {enabled: true}\n  grafana/loki: {enabled: false}\n', [
    'OVERRIDES_INVALID',
    'overrides.yaml:3:3',
    'keep one of them',
  ]),
  override('a merge key', 'toolsets:\n  grafana/loki: &a {enabled: true}\n  grafana/tempo:\n    <<: *a\n', [
    'OVERRIDES_INVALID',
    'overrides.yaml:4:5',
    'write the values out',
  ]),
  override('an undefined anchor', 'toolsets:\n  grafana/loki: *base\n', [
    'OVERRIDES_INVALID',
    'overrides.yaml:2:17',
    'write the value out',
  ]),
  override('a tag', 'toolsets:\n  grafana/loki: {config: {api_key: !vault a}}\n', [
    'OVERRIDES_INVALID',
    'overrides.yaml:2:36',
    'write the plain value',
  ]),
  override('a word instead of true or false', 'toolsets:\n  grafana/loki:\n    enabled: disabled\n', [
    'OVERRIDE_REJECTED',
    'overrides.yaml:3:14',
    'expected true or false',
  ]),
  override('off', 'toolsets:\n  grafana/loki:\n    enabled: off\n', [
    'YAML_AMBIGUOUS',
    'overrides.yaml:3:14',
    'write false',
  ]),
  override('a map whose keys are all commented out', 'toolsets:\n  grafana/loki:\n    # enabled: true\n', [
    'OVERRIDE_UNUSED',
    'overrides.yaml:2:3',
    'comment the key out as well',
  ]),
  override('a second document', 'toolsets: {}\n---\ntoolsets: {}\n', [
    'OVERRIDES_INVALID',
    'overrides.yaml:2:1',
    'keep one document',
  ]),
  override(
    'the URL of a page',
    'toolsets:\n  prometheus/metrics:\n    enabled: true\n    config: {prometheus_url: "http://p.ns.svc/graph"}\n',
    ['OVERRIDE_MISDIRECTED', 'overrides.yaml:4:30', 'write http://p.ns.svc'],
  ),
  override('no space behind a colon', 'toolsets:\n  grafana/loki:\n    enabled:true\n', [
    'OVERRIDES_INVALID',
    'overrides.yaml:3:5',
    'write a space behind the colon',
  ]),
  override('no colon', 'toolsets:\n  grafana/loki:\n    enabled true\n    config: {}\n', [
    'OVERRIDES_INVALID',
    'overrides.yaml:3:5',
    'write KEY: VALUE',
  ]),
  override('two colons in a line', 'toolsets:\n  own:\n    description: Note: mine\n', [
    'OVERRIDES_INVALID',
    'overrides.yaml:3:18',
    'put the value in quotes',
  ]),
  override('another indentation', 'toolsets:\n  grafana/loki:\n    enabled: true\n   config: {}\n', [
    'OVERRIDES_INVALID',
    'overrides.yaml:4:1',
    'by as many spaces',
  ]),
  override('a no-break space', 'toolsets:\n  grafana/loki:\n    enabled:\u00A0true\n    config: {}\n', [
    'OVERRIDES_INVALID',
    'overrides.yaml:3:13',
    'invisible character U+00A0',
  ]),
  override('a carriage return as the end of lines', '# head\rtoolsets:\r  grafana/loki: {}\r', [
    'OVERRIDES_INVALID',
    'overrides.yaml:1:7',
    'line ends LF',
  ]),
  override('a quote that is not closed', 'toolsets:\n  own:\n    description: "mine\n    tools: []\n', [
    'OVERRIDES_INVALID',
    'overrides.yaml:3:18',
    'close it',
  ]),
  override('a name with @', 'toolsets:\n  own:\n    description: @team\n', [
    'OVERRIDES_INVALID',
    'overrides.yaml:3:18',
    'put the value in quotes',
  ]),
  override('a comment of JSON', '{\n  "toolsets": {\n    // off\n    "grafana/loki": {"enabled": false}\n  }\n}\n', [
    'OVERRIDES_INVALID',
    'overrides.yaml:3:5',
    'start the comment with #',
  ]),
  setting('a list instead of a word', 'discovery: {clusterDomain: [cluster.local]}', [
    'SETTINGS_INVALID',
    'toolset.yaml:4:30',
    'write one value',
  ]),
  inFile('toolset.yaml', 'toolsets', `${head}toolsets: {grafana/loki: {enabled: false}}\n`, [
    'SETTINGS_INVALID',
    'toolset.yaml:3:1',
    'move it to overrides.yaml',
  ]),
  setting('a glob without quotes', 'discovery: {namespaces: {include: [*]}}', [
    'SETTINGS_INVALID',
    'toolset.yaml:4:38',
    'put it in quotes: "*"',
  ]),
  setting('a glob with text and without quotes', 'discovery: {namespaces: {include: [*-prod]}}', [
    'SETTINGS_INVALID',
    'toolset.yaml:4:38',
    'in quotes if it is a glob',
  ]),
  patch('a target as in Kustomize', '- target: {kind: ConfigMap}\n  patch: [{op: remove, path: /a}]\n', [
    'PATCHES_INVALID',
    'patches.yaml:1:11',
    'write the name of a toolset',
  ]),
  patch('the list as a text, as in Kustomize', '- target: grafana/*\n  patch: |-\n    - {op: remove, path: /a}\n', [
    'PATCHES_INVALID',
    'patches.yaml:2:10',
    'so that it is a list',
  ]),
  patch('a key around the list', 'patches:\n  - target: grafana/*\n    patch: [{op: remove, path: /a}]\n', [
    'PATCHES_INVALID',
    'patches.yaml:1:1',
    'write a list: - {target',
  ]),
  patch('operations without a target', '- {op: remove, path: /config/a}\n', [
    'PATCHES_INVALID',
    'patches.yaml:1:3',
    'in the list patch of an item',
  ]),
  patch(
    'a path from the root of the file',
    '- target: grafana/loki\n  patch: [{op: remove, path: /toolsets/grafana~1loki/config/a~1b}]\n',
    ['PATCHES_INVALID', 'patches.yaml:2:30', 'write /config/a~1b'],
  ),
  override(
    'a unit in a number',
    'toolsets:\n  prometheus/metrics:\n    config:\n      query_timeout_seconds_default: 30s\n',
    ['OVERRIDE_REJECTED', 'overrides.yaml:4:38', 'expected a number'],
  ),
  override(
    'a list of headers',
    'toolsets:\n  grafana/loki:\n    config:\n      headers:\n        - X-Scope-OrgID: a\n',
    ['OVERRIDE_REJECTED', 'overrides.yaml:5:9', 'expected a map'],
  ),
  override(
    'a removal of something that does not exist',
    'toolsets:\n  kafka/admin: null\n',
    ['OVERRIDE_UNUSED', 'overrides.yaml:2:3', 'remove it, or fix the name'],
    generate,
  ),
  inFile('overrides.yml', 'the extension .yml instead of .yaml', 'toolsets: {}\n', [
    'FILE_UNREADABLE',
    'overrides.yaml:1:1',
    'rename it to overrides.yaml',
  ]),
  inFile(
    'override.yaml',
    'a misspelt file name',
    'toolsets: {}\n',
    ['FILE_UNUSED', 'override.yaml:1:1', 'rename it to overrides.yaml'],
    generate,
  ),
  inFile(
    'kustomization.yaml',
    'beside the plugin',
    'resources: [a.yaml]\n',
    ['FILE_UNUSED', 'kustomization.yaml:1:1', 'move it to a folder of its own'],
    generate,
  ),
  inFile('deployment.yaml', 'beside the plugin', 'apiVersion: apps/v1\nkind: Deployment\n', [
    'FILE_UNUSED',
    'deployment.yaml:1:1',
    'move it to a folder of its own',
  ]),

  setting('a misspelt key', 'discvery: {}', ['SETTINGS_INVALID', 'toolset.yaml:4:3', 'did you mean "discovery"?']),
  inFile('toolset.yaml', 'another kind', 'apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: ToolSet\n', [
    'SETTINGS_INVALID',
    'toolset.yaml:2:7',
    'write ToolsetConfig',
  ]),
  inFile('toolset.yaml', 'settings without spec', `${head}discovery: {}\n`, [
    'SETTINGS_INVALID',
    'toolset.yaml:3:1',
    'move it below spec',
  ]),
  setting('a version without quotes', 'target: {version: 0.45}', [
    'SETTINGS_INVALID',
    'toolset.yaml:4:21',
    'such as "0.45", in quotes',
  ]),
  setting('a version older than all supported ones', 'target: {version: "0.9"}', [
    'SETTINGS_INVALID',
    'toolset.yaml:4:21',
    'releases 0.16 to 0.45',
  ]),
  setting('a duration without a unit', 'health: {evictAfter: "5"}', [
    'SETTINGS_INVALID',
    'toolset.yaml:4:24',
    'with a unit such as 90s',
  ]),
  setting('a number of seconds with a unit', 'health: {timeoutSeconds: 5s}', [
    'SETTINGS_INVALID',
    'toolset.yaml:4:28',
    'write just the number',
  ]),
  setting('a text instead of a list', 'discovery: {namespaces: {include: monitoring}}', [
    'SETTINGS_INVALID',
    'toolset.yaml:4:37',
    'write it as a list: [monitoring]',
  ]),
  setting(
    'a misspelt namespace',
    'discovery: {namespaces: {include: [monitorng]}}',
    ['NAMESPACE_UNKNOWN', 'toolset.yaml:4:38', 'did you mean "monitoring"?'],
    generate,
  ),
  setting(
    'a misspelt trusted namespace',
    'trust: {namespaces: [monitorng]}',
    ['NAMESPACE_UNKNOWN', 'toolset.yaml:4:24', 'did you mean "monitoring"?'],
    generate,
  ),
  setting('a misspelt detector', 'detectors: {promethues: {enabled: false}}', [
    'SETTINGS_INVALID',
    'toolset.yaml:4:15',
    'did you mean "prometheus"?',
  ]),
  setting('a detector set to off, which is a text in YAML 1.2', 'detectors: {grafana: off}', [
    'SETTINGS_INVALID',
    'toolset.yaml:4:24',
    'write {enabled: false}',
  ]),
  setting('a detector set to false', 'detectors: {grafana: false}', [
    'SETTINGS_INVALID',
    'toolset.yaml:4:24',
    'write {enabled: false}',
  ]),
  setting(
    'credentials of an unknown toolset',
    'trust: {namespaces: [monitoring]}\ncredentials: {grafana/dashbords: {api_key: "{{ env.KEY }}"}}',
    ['OVERRIDE_UNUSED', 'toolset.yaml:5:17', 'did you mean "grafana/dashboards"?'],
  ),
  setting(
    'a misspelt Service that gets credentials',
    'trust: {namespaces: [monitoring]}\ncredentials: {prometheus/metrics: [{services: {names: [tempo-querer]}, config: {}}]}',
    ['SETTING_UNUSED', 'toolset.yaml:5:58', 'did you mean "tempo-querier"?'],
    generate,
  ),
  setting(
    'a key that the toolset does not accept',
    'trust: {namespaces: [monitoring]}\ncredentials: {prometheus/metrics: {api_key: "{{ env.KEY }}"}}',
    ['CONFIG_KEY_UNKNOWN', 'toolset.yaml:5:38', 'additional_headers'],
  ),
  setting('a credential instead of a reference', 'credentials: {grafana/dashboards: {api_key: swordfish}}', [
    'SETTINGS_INVALID',
    'toolset.yaml:4:47',
    '"{{ env.GRAFANA_API_KEY }}"',
  ]),
  setting('credentials without trust', 'credentials: {grafana/dashboards: {api_key: "{{ env.KEY }}"}}', [
    'SETTING_UNUSED',
    'toolset.yaml:4:3',
    'spec.trust.namespaces',
  ]),
  setting('labels instead of a selector', 'discovery: {services: {selector: {team: a}}}', [
    'SETTINGS_INVALID',
    'toolset.yaml:4:37',
    '{matchLabels: {team: …}}',
  ]),
  setting(
    'a selector on a label that nothing has',
    'discovery: {services: {selector: {matchLabels: {taem: a}}}}',
    ['SETTING_UNUSED', 'toolset.yaml:4:36', 'correct the labels'],
    generate,
  ),
  setting('a missing file', 'overrides: {files: [overides.yaml]}', [
    'SETTINGS_INVALID',
    'toolset.yaml:4:23',
    'add the file',
  ]),
  setting('a file outside the repository', 'overrides: {files: [../../../../../../a.yaml]}', [
    'FILE_UNREADABLE',
    'toolset.yaml:4:23',
    'in the same repository',
  ]),
  detector('a port in quotes', 'match: [{names: [beacon]}]\n    port: "4040"', [
    'SETTINGS_INVALID',
    'toolset.yaml:7:13',
    'a number without quotes',
  ]),
  detector('a map instead of the list of matches', 'match: {names: [beacon]}', [
    'SETTINGS_INVALID',
    'toolset.yaml:6:14',
    'write it as a list',
  ]),
  detector('a URL instead of a path', 'match: [{names: [beacon]}]\n    health: {path: "http://beacon/ready"}', [
    'SETTINGS_INVALID',
    'toolset.yaml:7:22',
    'expected a slash',
  ]),
  setting(
    'an unknown variable',
    'customDetectors:\n  - id: beacon\n    match: [{names: [beacon]}]\n    toolset: {name: beacon, template: {description: "${URL}"}}',
    ['SETTING_UNUSED', 'toolset.yaml:7:31', 'known are ${url}'],
  ),

  patch('a map instead of the list', 'target: grafana/loki\npatch: []\n', [
    'PATCHES_INVALID',
    'patches.yaml:1:1',
    'write a list: - {target',
  ]),
  patch('an unknown operation', '- target: grafana/loki\n  patch: [{op: set, path: /enabled, value: true}]\n', [
    'PATCHES_INVALID',
    'patches.yaml:2:16',
    'expected add, remove, replace',
  ]),
  patch('a path without a slash', '- target: grafana/loki\n  patch: [{op: remove, path: config/api_url}]\n', [
    'PATCHES_INVALID',
    'patches.yaml:2:30',
    'such as /config/api_url',
  ]),
  patch(
    'a path that does not exist',
    '- target: prometheus/metrics\n  patch: [{op: remove, path: /config/prometheus_ulr}]\n',
    ['PATCH_FAILED', 'patches.yaml:2:11', 'dynamic-toolset explain --toolset'],
    generate,
  ),
  patch('a misspelt target', '- target: grafana/lokii\n  patch: [{op: add, path: /enabled, value: false}]\n', [
    'OVERRIDE_UNUSED',
    'patches.yaml:1:3',
    'did you mean "grafana/loki"?',
  ]),

  parameter(
    'a misspelt parameter',
    [{ name: 'target.verison', string: '0.45' }],
    ['PARAMETERS_INVALID', 'parameter target.verison', 'did you mean target.version?'],
  ),
  parameter(
    'a string instead of an array',
    [{ name: 'discovery.namespaces.include', string: 'a' }],
    ['PARAMETERS_INVALID', 'parameter discovery.namespaces.include', 'expected its value in `array`'],
  ),
  parameter(
    'a misspelt namespace',
    [{ name: 'discovery.namespaces.include', array: ['monitorng'] }],
    ['NAMESPACE_UNKNOWN', 'parameter discovery.namespaces.include', 'did you mean "monitoring"?'],
  ),
  parameter(
    'a setting that only Git may set',
    [{ name: 'trust.namespaces', array: ['a'] }],
    ['PARAMETERS_INVALID', 'parameter trust.namespaces', 'only in toolset.yaml'],
  ),
  variable('a version older than all supported ones', { TARGET_VERSION: '0.9' }, [
    'PARAMETERS_INVALID',
    'variable TARGET_VERSION',
    'releases 0.16 to 0.45',
  ]),

  flag('a misspelt flag', [...explain, '--namespce', 'a'], ['USAGE', '--namespce', 'did you mean --namespace?']),
  flag('a misspelt command', ['genrate'], ['USAGE', '"genrate"', 'did you mean generate?']),
  flag('an unknown check', [...generate, '--check', 'tcp'], ['USAGE', '--check', 'expected http, readiness or none']),
  flag('an unknown unit', [...generate, '--deadline', '5min'], ['USAGE', '--deadline', 'such as 45s']),
  flag(
    'a misspelt Service',
    [...explain, 'kube-prometheus-stack-promethues'],
    ['USAGE', '"kube-prometheus-stack-promethues"', 'did you mean kube-prometheus-stack-prometheus?'],
  ),
  flag(
    'a Service of another namespace',
    [...explain, 'default/kube-prometheus-stack-prometheus'],
    [
      'USAGE',
      '"default/kube-prometheus-stack-prometheus"',
      'did you mean monitoring/kube-prometheus-stack-prometheus?',
    ],
  ),
  flag(
    'a missing folder',
    ['generate', '--path', 'FOLDER/a', '--snapshot', 'CLUSTER'],
    ['USAGE', '--path FOLDER/a', 'give the folder that holds'],
  ),
  flag(
    'the wrong folder',
    ['validate', '-o', 'json', 'FOLDER'],
    ['FILE_UNUSED', 'toolset.yaml:1:1', "give the Application's folder"],
  ),
  flag(
    'an unknown context',
    ['generate', '--path', 'FOLDER', '--kubeconfig', 'FOLDER/kubeconfig', '--context', 'prd'],
    ['KUBECONFIG_INVALID', '"prd"', 'kubectl config get-contexts'],
    { kubeconfig },
  ),

  policy('a misspelt key', '    team-a: {namespace: {include: [monitoring]}}\n', [
    'SETTINGS_INVALID',
    'policy.yaml:5:14',
    'did you mean "namespaces"?',
  ]),
  policy('a text instead of a list', '    team-a: {namespaces: {include: monitoring}}\n', [
    'SETTINGS_INVALID',
    'policy.yaml:5:36',
    'write it as a list: [monitoring]',
  ]),
  policy(
    'another kind',
    '',
    ['SETTINGS_INVALID', 'policy.yaml:2:7', 'write DiscoveryPolicy'],
    'apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: Policy\nspec: {projects: {}}\n',
  ),
  policy('no rule for the project', '    team-b: {namespaces: {include: [monitoring]}}\n', [
    'POLICY_DENIED',
    '"team-a"',
    'adds spec.projects.team-a',
  ]),
  policy('an unknown namespace', '    team-a: {namespaces: {include: [monitorng]}}\n', [
    'NAMESPACE_UNKNOWN',
    '"monitorng"',
    "corrects the project's namespaces.include",
  ]),

  proposal('without git', { main: {} }, ['GIT_MISSING', 'git is not installed here', 'docs/propose.md'], [], {
    machine: { PATH: '/nonexistent' },
  }),
  proposal('a repository without a commit', {}, ['REPOSITORY_INVALID', 'no commit', 'make a first commit']),
  proposal(
    'a missing branch',
    { main: readme },
    ['REPOSITORY_INVALID', 'no branch release', '--base'],
    ['--base', 'release'],
  ),
  proposal(
    'a folder that is not a repository',
    { main: readme },
    ['GIT_UNAUTHORIZED', 'does not appear to be a git repository', 'check --repository'],
    ['--repository', 'FOLDER'],
  ),
  proposal(
    'an unreachable server',
    { main: readme },
    ['GIT_UNREACHABLE', 'https://127.0.0.1:1/fleet.git', 'check the network'],
    ['--repository', 'https://127.0.0.1:1/fleet.git'],
  ),
  proposal(
    'a key with a list in its path',
    { main: { 'values.yaml': 'a: 1\nholmes: [1]\n' } },
    ['VALUES_INVALID', 'values.yaml:2:9 /holmes is a list', 'name a key in maps'],
    valuesKey,
  ),
  proposal(
    'a file of more than 1 MB',
    { main: { 'values.yaml': `# ${'x'.repeat(1024 * 1024)}\n` } },
    ['REPOSITORY_TOO_LARGE', '1024 KB', ''],
    valuesKey,
  ),
  proposal(
    'a branch with commits by people',
    { main: readme, ours: { 'values.yaml': 'holmes: {}\n' } },
    ['BRANCH_EDITED', 'refs/heads/ours', 'merge or delete the branch'],
    [...valuesKey, '--branch', 'ours'],
  ),
  proposal(
    'the address of another API',
    { main: readme },
    ['FORGE_FAILED', 'the pull request cannot be kept', '--forge-url'],
    ['--forge', 'gitea', '--forge-token-file', 'FOLDER/token', '--forge-url', 'http://127.0.0.1:1'],
  ),
];

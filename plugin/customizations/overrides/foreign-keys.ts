import type { Data, DataMap } from '../../lib/json.ts';
import { getOwn, isMap } from '../../lib/json.ts';
import { shortened } from '../../lib/messages/text.ts';
import type { Consumer } from '../../consumers/consumer.ts';

/** Keys at the top level that show what else was pasted into the file, and what to do with it. */
export interface ForeignKeys {
  readonly keys: readonly string[];
  readonly message: string;
  readonly hint: string;
}

/** One finding for each kind of text that people paste, at its first key; keys of no such kind are not included. */
export function foreignKeys(file: DataMap, sections: Consumer['sections']): readonly ForeignKeys[] {
  const manifest = manifestIn(file);
  if (sections === 'top') return [...(manifest ?? []), ...wrappedIn(file)];
  const unknown = Object.keys(file).filter((key) => !sections.some((section) => section === key));
  if (manifest) return manifest;
  const kept = `keep only ${sections.join(' and ')}`;
  const wrapper = unknown.find((key) => sections.some((name) => isMap(valueIn(getOwn(file, key), name) ?? null)));
  const isValues = wrapper !== undefined || unknown.some((key) => helmKeys.has(key));
  const of = (belongs: (key: string) => boolean): readonly string[] => unknown.filter(belongs);
  const isAnchor = (key: string): boolean => /^(?:x-|\.)/.test(key);
  const isName = (key: string): boolean =>
    key !== wrapper && !isAnchor(key) && isToolset(key, getOwn(file, key) ?? null);
  const isSetting = (key: string): boolean => key === 'spec' && isMap(getOwn(file, key) ?? null);
  const isOther = (key: string): boolean => isName(key) || isAnchor(key) || isSetting(key);
  const values = isValues ? of((key) => !isOther(key)) : [];
  const config = isValues ? [] : of((key) => configKeys.test(key) && !isOther(key));
  return [
    found(values, `looks like Helm values: ${listed(values)} not read here`, helmHint(kept, wrapper)),
    found(
      config,
      `looks like HolmesGPT's config.yaml: ${listed(config)} not read here`,
      `${kept}; leave the rest there`,
    ),
    found(
      of(isName),
      `${listed(of(isName))} at the top level of the file`,
      'indent below toolsets: what belongs there',
    ),
    found(of(isSetting), 'has the settings of toolset.yaml: spec is not read here', `move them there; ${kept}`),
    found(of(isAnchor), `${listed(of(isAnchor))} not read here`, 'define an anchor at the value that uses it first'),
  ].flat();
}

function found(keys: readonly string[], message: string, hint: string): ForeignKeys[] {
  return keys.length === 0 ? [] : [{ keys, message, hint }];
}

function helmHint(kept: string, wrapper: string | undefined): string {
  const where = wrapper === undefined ? '' : `, moved from ${JSON.stringify(wrapper)} to the top level`;
  return `${kept}${where}; leave the rest in the values of HolmesGPT's chart`;
}

/** A Kubernetes manifest, or the settings file: all of its keys are one mistake. */
function manifestIn(file: DataMap): ForeignKeys[] | null {
  const { kind, data } = file;
  if (typeof kind !== 'string' || !(Object.hasOwn(file, 'apiVersion') || Object.hasOwn(file, 'metadata'))) return null;
  const keys = Object.keys(file);
  if (kind === 'ToolsetConfig') return found(keys, 'has the settings of toolset.yaml', 'move them to that file');
  const texts = isMap(data) ? Object.keys(data) : [];
  const below = texts.length === 1 ? `data.${String(texts[0])}` : 'its data';
  return found(
    keys,
    `is a whole manifest of kind ${JSON.stringify(kind.slice(0, 40))}`,
    `keep only the text below ${below}`,
  );
}

/** Consumers other than HolmesGPT have the names at the top level, without the key around them. */
function wrappedIn({ toolsets }: DataMap): ForeignKeys[] {
  const isWrapped =
    isMap(toolsets ?? null) &&
    Object.keys(toolsets as DataMap).length > 0 &&
    Object.entries(toolsets as DataMap).every(([key, one]) => !entryKeys.test(key) && (one === null || isMap(one)));
  return isWrapped
    ? found(['toolsets'], 'has the key "toolsets" around the toolsets', 'move their names to the top level, without it')
    : [];
}

function isToolset(name: string, entry: Data): boolean {
  if (name.includes('/')) return entry === null || isMap(entry);
  return isMap(entry) && ['enabled', 'config'].some((key) => Object.hasOwn(entry, key)) && !helmKeys.has(name);
}

function valueIn(data: Data | undefined, key: string): Data | undefined {
  return data !== undefined && isMap(data) ? getOwn(data, key) : undefined;
}

/** `a, b and 2 more are`. */
function listed(keys: readonly string[]): string {
  const quoted = keys.map((key) => JSON.stringify(key.slice(0, 80)));
  return `${shortened(quoted, maxListed).join(', ')} ${keys.length === 1 ? 'is' : 'are'}`;
}

const maxListed = 5;

const entryKeys = /^(?:enabled|config|type|endpoint|metadata|toolset|url)$/;

/** Keys of HolmesGPT's own configuration file. */
const configKeys =
  /^(?:model|fast_model|api_key|api_base|api_version|max_steps|cluster_name|custom_(?:toolsets|runbooks|runbook_catalogs|skill_paths)|(?:alertmanager|jira|slack|github|pagerduty|opsgenie)_\w+)$/;

/** Values of HolmesGPT's chart, and of Robusta's around it. */
const helmKeys: ReadonlySet<string> = new Set([
  ...[
    'additionalEnvVars',
    'additional_env_vars',
    'additional_env_froms',
    'additionalVolumes',
    'additionalVolumeMounts',
  ],
  ...['affinity', 'args', 'auth', 'autoscaling', 'certificate', 'clusterName', 'commonAnnotations', 'commonLabels'],
  ...[
    'containerSecurityContext',
    'crdPermissions',
    'createServiceAccount',
    'customClusterRoleRules',
    'customSkillPaths',
  ],
  ...['customServiceAccountName', 'customSkills', 'dnsConfig', 'enableAccountsCreate', 'enableHolmesGPT'],
  ...['enableJsonLogsFormat', 'extraEnvVarsSecrets', 'global', 'globalConfig', 'image', 'imagePullPolicy'],
  ...[
    'imagePullSecrets',
    'initContainers',
    'k8sRBAC',
    'logLevel',
    'mcpAddons',
    'modelList',
    'nodeSelector',
    'openshift',
  ],
  ...['operator', 'podAnnotations', 'podSecurityContext', 'priorityClassName', 'registry', 'replicas', 'resources'],
  ...['revisionHistoryLimit', 'sentryDSN', 'serviceAccount', 'sinksConfig', 'strategy', 'tls', 'tolerations'],
]);

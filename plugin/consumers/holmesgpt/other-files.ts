import type { OtherFile } from '../consumer.ts';

/** The file that people keep beside the toolset file and that has this key at its top level. */
export function otherFileOf(key: string): OtherFile | null {
  if (chartValues.has(key)) return 'values';
  return configKeys.test(key) ? 'config' : null;
}

/** Keys of HolmesGPT's own configuration file. */
const configKeys =
  /^(?:model|fast_model|api_key|api_base|api_version|max_steps|cluster_name|custom_(?:toolsets|runbooks|runbook_catalogs|skill_paths)|(?:alertmanager|jira|slack|github|pagerduty|opsgenie)_\w+)$/;

/** Values of HolmesGPT's chart, and of Robusta's around it. */
const chartValues: ReadonlySet<string> = new Set(
  `
  additional_env_froms additional_env_vars additionalEnvVars additionalVolumeMounts additionalVolumes affinity
  args auth autoscaling certificate clusterName commonAnnotations commonLabels containerSecurityContext
  crdPermissions createServiceAccount customClusterRoleRules customServiceAccountName customSkillPaths
  customSkills dnsConfig enableAccountsCreate enableHolmesGPT enableJsonLogsFormat extraEnvVarsSecrets global
  globalConfig image imagePullPolicy imagePullSecrets initContainers k8sRBAC logLevel mcpAddons modelList
  nodeSelector openshift operator podAnnotations podSecurityContext priorityClassName registry replicas
  resources revisionHistoryLimit sentryDSN serviceAccount sinksConfig strategy tls tolerations
  `
    .trim()
    .split(/\s+/),
);

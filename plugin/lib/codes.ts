/**
 * Codes of all expected failures, with the exit code of the process. docs/code-texts.ts has their causes and remedies.
 */
export const exitCodes = {
  USAGE: 2,
  NODE_TOO_OLD: 2,
  FILE_UNREADABLE: 2,
  SETTINGS_INVALID: 2,
  PARAMETERS_INVALID: 2,
  OVERRIDES_INVALID: 2,
  OVERRIDE_CONFLICT: 2,
  PATCHES_INVALID: 2,
  PATCH_FAILED: 2,
  LIVE_UNREADABLE: 2,
  SNAPSHOT_INVALID: 2,
  KUBECONFIG_INVALID: 2,
  CLUSTER_UNKNOWN: 2,
  CLUSTER_ACCESS_INVALID: 2,
  GIT_MISSING: 2,
  REPOSITORY_INVALID: 2,
  VALUES_INVALID: 2,
  CLUSTER_UNAUTHORIZED: 3,
  CLUSTER_FORBIDDEN: 3,
  GIT_UNAUTHORIZED: 3,
  PUSH_REFUSED: 3,
  CLUSTER_UNREACHABLE: 4,
  CLUSTER_FAILED: 4,
  CLUSTER_RESPONSE_INVALID: 4,
  CLUSTER_RESOURCE_MISSING: 4,
  DEADLINE_EXCEEDED: 4,
  ARGOCD_FAILED: 4,
  GIT_UNREACHABLE: 4,
  GIT_FAILED: 4,
  REPOSITORY_MOVED: 4,
  FORGE_FAILED: 4,
  POLICY_DENIED: 5,
  WRONG_CLUSTER: 5,
  TARGET_OWNED: 5,
  WORK_TOO_LARGE: 5,
  BRANCH_EDITED: 5,
  REPOSITORY_TOO_LARGE: 5,
  OUTPUT_TOO_LARGE: 5,
  OUTPUT_INVALID: 5,
  OUTPUT_UNWRITABLE: 5,
} as const;

export type ErrorCode = keyof typeof exitCodes;

/** Exit code of anything that is not a `PluginError`, that is, a bug (EX_SOFTWARE of sysexits.h). */
export const bugExitCode = 70;

/** Codes of everything that is reported without stopping the run. docs/code-texts.ts has cause and remedy of each. */
export const warningCodes = [
  'BUDGET_ENFORCED',
  'BUDGET_EXCEEDED',
  'CERTIFICATE_UNTRUSTED',
  'CLUSTER_UNREAD',
  'COMMENT_UNWRITTEN',
  'CONFIG_KEY_UNKNOWN',
  'CREDENTIAL_MISSING',
  'CREDENTIAL_WITHHELD',
  'DATA_WITHHELD',
  'DESTINATION_UNCHECKED',
  'EDIT_INEXPRESSIBLE',
  'EVIDENCE_FORBIDDEN',
  'EVIDENCE_UNAVAILABLE',
  'FILE_UNUSED',
  'FIRST_QUESTION_UNANSWERED',
  'NAMESPACE_CROWDED',
  'NAMESPACE_UNKNOWN',
  'NAME_CLAIMED',
  'NOTHING_DISCOVERED',
  'OVERRIDE_MISDIRECTED',
  'OVERRIDE_REJECTED',
  'OVERRIDE_SHADOWED',
  'OVERRIDE_UNUSED',
  'RELEASE_DIFFERS',
  'SECRET_INLINE',
  'SECRET_REPLACED',
  'SERVICE_TOO_LARGE',
  'SETTING_UNUSED',
  'TARGET_LEFT_OUT',
  'YAML_AMBIGUOUS',
] as const;

export type WarningCode = (typeof warningCodes)[number];

/**
 * Warnings of a ConfigMap that someone has to act on: Argo CD shows it as Degraded, and an alert names it. Only causes
 * in Git, and a discovery without a result: the author of a Service in some namespace cannot cause the others (ADR 26).
 */
export const actionCodes: ReadonlySet<string> = new Set<WarningCode>([
  'NOTHING_DISCOVERED',
  'OVERRIDE_MISDIRECTED',
  'OVERRIDE_REJECTED',
  'SECRET_INLINE',
]);

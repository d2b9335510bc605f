import { matchesPattern } from '../discovery/match/glob.ts';
import type { ProjectPolicy } from '../settings/policy.ts';
import { isOfHolmesgpt } from '../settings/schema/formats.ts';
import type { Spec } from '../settings/schema/index.ts';
import type { Consumer, CredentialPolicy } from './consumer.ts';
import { grafana } from './grafana/index.ts';
import { grafanaOperator } from './grafana/operator.ts';
import { holmesgpt, upgradeOfHolmesgpt } from './holmesgpt/index.ts';
import { kiali } from './kiali/index.ts';
import { kubernautHelm } from './kubernaut/helm.ts';
import { kubernautJson } from './kubernaut/json.ts';
import { kubernautOperator } from './kubernaut/operator.ts';
import { kubernautSdk } from './kubernaut/sdk.ts';
import { kubernaut } from './kubernaut/yaml.ts';
import type { Upgrade } from './upgrade.ts';

/** The consumer that `spec.target` selects. */
export function consumerOf(target: Spec['target']): Consumer {
  switch (target.format) {
    case 'holmesgpt':
      return holmesgptOf(target);
    case 'kiali':
      return kiali;
    case 'kubernaut':
      return kubernaut;
    case 'kubernaut-json':
      return kubernautJson;
    case 'kubernaut-helm':
      return kubernautHelm;
    case 'kubernaut-operator':
      return kubernautOperator(target);
    case 'kubernaut-sdk':
      return kubernautSdk(holmesgptOf(target), target);
    case 'grafana-datasources':
      return grafana(target, '$$');
    case 'grafana-operator':
      return grafanaOperator(target);
  }
}

function holmesgptOf(target: Spec['target']): Consumer {
  return holmesgpt(target.version, (name) => isSwitchedOff(target, name));
}

/** What another release of the consumer changes besides what it rejects; `null` for consumers without releases. */
export function upgradeOf({ format, version }: Spec['target'], to: string): Upgrade | null {
  return isOfHolmesgpt(format) ? upgradeOfHolmesgpt(version, to) : null;
}

/** Whether a toolset that the consumer enables by itself is to be printed disabled. */
function isSwitchedOff({ defaultToolsets, defaultToolsetsExcept }: Spec['target'], name: string): boolean {
  return (defaultToolsets === 'off') !== matchesPattern(defaultToolsetsExcept, name);
}

/** The consumer, restricted to one backend per product where the settings say so. */
export function limitToSettings(consumer: Consumer, { discovery: { instances } }: Spec): Consumer {
  return { ...consumer, supportsMultiple: (candidate) => instances === 'all' && consumer.supportsMultiple(candidate) };
}

/** The credentials that the settings allow in toolsets; the platform's policy can only restrict them. */
export function credentialPolicyOf(
  { credentials, trust, target, discovery }: Spec,
  policy: ProjectPolicy | null,
): CredentialPolicy {
  return {
    credentials,
    isTrusted: (namespace) =>
      matchesPattern(trust.namespaces, namespace) && (!policy?.trust || matchesPattern(policy.trust, namespace)),
    certificates: target.certificates,
    clusterDomain: discovery.clusterDomain,
  };
}

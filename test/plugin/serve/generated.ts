import { detectors } from '../../../detectors/index.ts';
import type { Prober } from '../../../plugin/cluster/probe/probe.ts';
import type { StoreReader } from '../../../plugin/cluster/stores/question.ts';
import type { Cluster } from '../../../plugin/cluster/types.ts';
import { buildResult } from '../../../plugin/commands/pipeline/build-result.ts';
import { discover } from '../../../plugin/discovery/discover.ts';
import type { ManagedConfigMap } from '../../../plugin/serve/reconcile/managed-config-map.ts';
import type { ProjectPolicy } from '../../../plugin/settings/policy.ts';
import { parseYamlFile } from '../../../plugin/settings/yaml/parse.ts';
import { parseSettings } from '../../../plugin/settings/parse-settings.ts';
import { configMapOf } from '../../../plugin/customizations/config-map.ts';
import { digestAnnotation } from '../../../plugin/customizations/discovery-settings.ts';
import { consumerOf, credentialPolicyOf, limitToSettings } from '../../../plugin/consumers/index.ts';
import { changesOf } from '../../support/git.ts';

/** What a run of `generate` is given. */
export interface Run {
  readonly name: string;
  /** `spec` of toolset.yaml. */
  readonly spec: Readonly<Record<string, unknown>>;
  readonly cluster: Cluster;
  readonly prober: Prober;
  readonly stores?: StoreReader | null;
  readonly policy?: ProjectPolicy | null;
}

/** The ConfigMap that a fresh run of `generate` prints, by the very code that it runs once Git and a cluster are open. */
export async function generated({
  name,
  spec,
  cluster,
  prober,
  stores = null,
  policy = null,
}: Run): Promise<ManagedConfigMap> {
  const target = { configMap: { name, namespace: 'holmesgpt' }, ...(spec.target as object | undefined) };
  const header = { apiVersion: 'toolset.kubernaut.ai/v1alpha1', kind: 'ToolsetConfig' };
  const text = JSON.stringify({ ...header, spec: { ...spec, target } });
  const settings = parseSettings(parseYamlFile({ name: 'toolset.yaml', text }, 'SETTINGS_INVALID'));
  const consumer = consumerOf(settings.spec.target);
  const access = credentialPolicyOf(settings.spec, policy);
  const discovery = await discover({
    spec: settings.spec,
    detectors,
    cluster,
    prober,
    stores: settings.spec.health.check === 'http' ? stores : null,
    isTrusted: access.isTrusted,
    policy,
    consumer: limitToSettings(consumer, settings.spec),
  });
  const intent = { settings, consumer, customizations: changesOf({}, consumer) };
  const { metadata } = configMapOf(buildResult(intent, discovery, access));
  const { namespace, labels, annotations } = metadata;
  return { namespace, name, labels, annotations };
}

export function digestIn({ annotations }: ManagedConfigMap): string | undefined {
  return annotations[digestAnnotation];
}

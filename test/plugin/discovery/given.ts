import { detectors } from '../../../detectors/index.ts';
import type { Prober } from '../../../plugin/cluster/probe.ts';
import { snapshot } from '../../../plugin/cluster/snapshot.ts';
import type { Discovery } from '../../../plugin/discovery/discover.ts';
import { discover } from '../../../plugin/discovery/discover.ts';
import type { NamespacePolicy } from '../../../plugin/discovery/scope-and-filters.ts';
import { matchesPattern } from '../../../plugin/discovery/match/glob.ts';
import { ToolsetConfig } from '../../../plugin/settings/schema/index.ts';
import { consumerOf } from '../../../plugin/consumers/index.ts';
import type { KubeObject } from '../../cluster/parts/objects.ts';

/** A cluster, settings, and what a probe would find out. */
export interface Given {
  readonly items: readonly KubeObject[];
  /** `spec` of toolset.yaml; without one, no health is checked. */
  readonly spec?: object;
  readonly fence?: NamespacePolicy;
  readonly prober?: Prober;
}

/** Discovery for HolmesGPT 0.45 over objects as the API server has them. */
export async function discovered({ items, spec: written, fence, prober }: Given): Promise<Discovery> {
  const { spec } = ToolsetConfig.parse({
    apiVersion: 'toolset.kubernaut.ai/v1alpha1',
    kind: 'ToolsetConfig',
    spec: { health: { check: prober ? 'http' : 'none' }, ...written },
  });
  const consumer = consumerOf(spec.target);
  return discover({
    spec,
    detectors,
    cluster: snapshot(Map.groupBy(items, ({ kind }) => kind)),
    prober: prober ?? ((): Promise<never> => Promise.reject(new Error('nothing is probed'))),
    consumer: {
      ...consumer,
      supportsMultiple: (toolset) => spec.discovery.instances === 'all' && consumer.supportsMultiple(toolset),
    },
    fence: fence ?? null,
    isTrusted: (namespace) => matchesPattern(spec.trust.namespaces, namespace),
  });
}

/** `decision: reason` by `namespace/name`. */
export async function said(given: Given): Promise<Readonly<Record<string, string>>> {
  const { decisions } = await discovered(given);
  return Object.fromEntries(
    decisions.map(({ service, decision, reason }) => [
      `${service.namespace}/${service.name}`,
      `${decision}: ${reason}`,
    ]),
  );
}

/** Instances of what is admitted, in the order in which the consumer is told of them. */
export async function admitted(given: Given): Promise<string[]> {
  return (await discovered(given)).admitted.map(({ instance }) => instance);
}
